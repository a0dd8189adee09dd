"""What a password must be, said in plain words; the checks themselves are Django's."""

from django.contrib.auth import password_validation
from django.utils.translation import gettext as _


class LongEnough(password_validation.MinimumLengthValidator):
    def get_help_text(self):
        return _("At least %(length)d letters. A few words that you can keep in mind do well.") % {
            "length": self.min_length
        }


class NotAboutYou(password_validation.UserAttributeSimilarityValidator):
    def get_help_text(self):
        return _("Not your name or your e-mail.")


class NotCommon(password_validation.CommonPasswordValidator):
    def get_help_text(self):
        return _("Not one that many people use.")
