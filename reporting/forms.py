"""What people may tell about themselves."""

from django import forms
from django.utils.translation import gettext_lazy as _

from certification.forms import PortalForm

from .models import Ancestry, Gender, Veteran

UNSAID = ("", _("I would rather not say"))


class DemographicsForm(PortalForm):
    """All of it may be left out."""

    ancestry = forms.MultipleChoiceField(
        label=_("Which of these describe you?"),
        help_text=_("Choose all that fit."),
        choices=Ancestry,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    gender = forms.ChoiceField(
        label=_("What is your gender?"), choices=[*Gender.choices, UNSAID], required=False, widget=forms.RadioSelect
    )
    veteran = forms.ChoiceField(
        label=_("Have you served in the armed forces of the United States?"),
        choices=[*Veteran.choices, UNSAID],
        required=False,
        widget=forms.RadioSelect,
    )
