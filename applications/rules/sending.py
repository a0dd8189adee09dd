"""What keeps a person from asking somebody else to send a paper. Words are for the person who applies."""

import re
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import UploadLink
from .filing import answers_now, legal_name

# What a mail program would make a link of: a name is written to strangers in our name.
_LINK = re.compile(r"[/@:]|\.\w\w")


def asking_other_problems(application):
    """The mail names the person, so they must have a name; and nobody sends many strangers mail through us."""
    name = legal_name(answers_now(application))
    if not name:
        return [_("First write your name. The message says who asks.")]
    if _LINK.search(name):
        return [_("Your name has signs that we cannot send by e-mail. Please call us.")]
    since = timezone.now() - timedelta(days=1)
    if (
        UploadLink.objects.filter(application__person=application.person_id, made_at__gt=since).count()
        >= settings.UPLOAD_LINKS_PER_DAY
    ):
        return [_("You have asked many people today. Please ask again tomorrow, or call us.")]
    return []
