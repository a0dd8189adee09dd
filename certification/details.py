"""What people type about who they are and how they are reached, wherever they are asked."""

import unicodedata

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from phonenumber_field.formfields import PhoneNumberField

from .forms import PaperField, PortalForm
from .models import NAME_PARTS, County
from .names import fold
from .queries import CONTACT_PARTS

OUTSIDE_CALIFORNIA = "outside"  # stands for a county

# Signs that print nothing, or turn the order of what stands beside them; joiners, which some scripts need, are let through.
UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def letters(name):
    """Refuses what nobody could read or find as a name."""
    if not fold(name) or any(unicodedata.category(sign) in UNSEEN or sign in TURNING for sign in name):
        raise forms.ValidationError(_("Write the name with letters."))


class PreferredNameField(forms.CharField):
    def __init__(self):
        super().__init__(
            label=gettext_lazy("Name you like to be called"),
            help_text=gettext_lazy("We greet you by this name. Your certificate shows your legal name."),
            max_length=80,
            required=False,
            validators=[letters],
            widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
        )


class NameFields(PortalForm):
    """A legal name in its parts."""

    given_name = forms.CharField(
        label=gettext_lazy("Given name"),
        help_text=gettext_lazy("As on your photo ID. If you have only one name, write it here."),
        max_length=80,
        validators=[letters],
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    middle_name = forms.CharField(
        label=gettext_lazy("Middle name"),
        help_text=gettext_lazy("Only if it is on your photo ID."),
        max_length=80,
        validators=[letters],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "additional-name"}),
    )
    family_name = forms.CharField(
        label=gettext_lazy("Family name"),
        help_text=gettext_lazy("All of them, as on your photo ID. Leave this empty only if you have one name."),
        max_length=80,
        validators=[letters],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    suffix = forms.CharField(
        label=gettext_lazy("Suffix"),
        help_text=gettext_lazy("For example: Jr., Sr., III"),
        max_length=10,
        validators=[letters],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "honorific-suffix", "class": "w-4"}),
    )


class ContactFields(PortalForm):
    """How a person is reached."""

    phone = PhoneNumberField(
        label=gettext_lazy("Phone"),
        help_text=gettext_lazy("So that we can call you if a letter does not reach you."),
        region="US",
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        error_messages={"invalid": gettext_lazy("Write a phone number, like (916) 555-0134.")},
    )
    no_fixed_address = forms.BooleanField(
        label=gettext_lazy("I have no fixed address now"),
        required=False,
    )
    address_line1 = forms.CharField(
        label=gettext_lazy("Mailing address"),
        help_text=gettext_lazy("Leave it empty if you have no fixed address."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    address_line2 = forms.CharField(
        label=gettext_lazy("Apartment or unit"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    city = forms.CharField(
        label=gettext_lazy("City"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    state = forms.CharField(
        label=gettext_lazy("State"),
        help_text=gettext_lazy("Two letters, like CA"),
        max_length=2,
        validators=[RegexValidator(r"^[A-Za-z]{2}$", gettext_lazy("Write two letters, like CA."))],
        widget=forms.TextInput(attrs={"autocomplete": "address-level1", "class": "w-2"}),
    )
    zip_code = forms.CharField(
        label=gettext_lazy("ZIP code"),
        max_length=10,
        validators=[RegexValidator(r"^[0-9]{5}(-?[0-9]{4})?$", gettext_lazy("Write five numbers, like 95814."))],
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric", "class": "w-6"}),
    )
    county = forms.ChoiceField(
        label=gettext_lazy("County"),
        help_text=gettext_lazy("Where you live, or where you stay most of the time."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("In which language should we write to you?"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        counties = [(county.fips, county.name) for county in County.objects.all()]
        self.fields["county"].choices = [
            ("", _("Choose a county")),
            *counties,
            (OUTSIDE_CALIFORNIA, _("I live outside California")),
        ]
        for name, value in (("state", "CA"), ("language", get_language())):
            self.initial = {name: value} | self.initial
        missing = _("Fill this in, or tick “I have no fixed address now”.")
        for name in ADDRESS:
            self.fields[name].error_messages["required"] = missing

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("no_fixed_address"):
            for name in ADDRESS:
                self.errors.pop(name, None)
            cleaned |= dict.fromkeys(ADDRESS, "")
        return cleaned | {"state": cleaned.get("state", "").upper()}


ADDRESS = ("address_line1", "address_line2", "city", "state", "zip_code")


class NameChangeForm(NameFields):
    """A new legal name, and the paper that shows it."""

    paper = PaperField(
        label=gettext_lazy("A paper that shows your old name and your new name"),
        help_text=gettext_lazy(
            "For example: a court order, a marriage or divorce certificate, or a paper of naturalization. A photo is fine: "
            "JPG, PNG, HEIC or PDF, up to 15 MB."
        ),
        max_length=200,
    )

    def parts(self):
        return {part: self.cleaned_data[part] for part in NAME_PARTS}


class DetailsForm(ContactFields):
    """How a person is called and reached, outside of an application."""

    field_order = ("preferred_name",)

    preferred_name = PreferredNameField()

    def __init__(self, *args, person, **kwargs):
        known = {column: getattr(person, column) for column in (*CONTACT_PARTS, "no_fixed_address", "preferred_name")}
        known |= {
            "county": person.county.fips if person.county else OUTSIDE_CALIFORNIA,
            "language": person.user.language,
        }
        super().__init__(*args, initial=known, **kwargs)
