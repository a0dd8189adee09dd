from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certification.forms import PortalForm
from certification.names import MOST_TYPED
from certification.queries import today

from .queries import BY_NAME

EVERYONE = "everyone"


class SearchForm(PortalForm):
    q = forms.CharField(
        label=_("Name or certificate number"),
        max_length=MOST_TYPED,
        error_messages={"required": _("Type a name or a number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "words"}),
    )
    standing = forms.ChoiceField(
        label=_("Show only"),
        initial=EVERYONE,
        choices=[(EVERYONE, _("everyone")), *((standing.value, standing.label) for standing in BY_NAME)],
        widget=forms.Select(attrs={"class": "w-20"}),
    )

    def clean_standing(self):
        """The standing to narrow by, "" for everyone."""
        return self.cleaned_data["standing"].removeprefix(EVERYONE)


class DayForm(PortalForm):
    on = forms.DateField(
        label=_("Another day"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        widget=forms.DateInput(attrs={"type": "date", "class": "w-10"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day like 2024-03-31.")},
    )

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day > today():
            raise ValidationError(_("That day has not come yet. Choose today or a day before."))
        return day
