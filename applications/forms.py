"""What a person types on each page, as clean answers: plain values that can be sealed as JSON."""

import re
import unicodedata
from datetime import date
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from phonenumber_field.formfields import PhoneNumberField

from certification.documents import doubts_about
from certification.forms import DateParts, MemorableDateField, PaperField, PortalForm
from certification.models import County, Document, EducationKind, IdentityKind
from certification.names import fold
from certification.queries import ethics_code_on

from .models import Message
from .rules import OUTSIDE_CALIFORNIA, expired_problems, signature_problems, under_age_problems


class PageForm(PortalForm):
    """One page. ``answers`` are those of the whole application so far; ``standards`` are those of today."""

    def __init__(self, data=None, files=None, *, page, answers, standards):
        self.page, self.all_answers, self.standards = page, answers, standards
        self.saved = answers.get(page.slug, {})
        super().__init__(data, files, initial=self.saved)

    def answers(self):
        """The clean values as JSON can hold them."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if name != "file"}


def _plain(value):
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int) else str(value or "")


class OrientationForm(PageForm):
    read = forms.BooleanField(label=gettext_lazy("I have read this guide"))

    def answers(self):
        return {"read": True, "language": get_language(), "read_at": timezone.now().isoformat()}


# Signs that print nothing, or turn the order of what stands beside them; joiners, which some scripts need, are let through.
UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _unseen(sign):
    return unicodedata.category(sign) in UNSEEN or sign in TURNING


class NameForm(PageForm):
    given_name = forms.CharField(
        label=gettext_lazy("Given name"),
        help_text=gettext_lazy("As on your photo ID. If you have only one name, write it here."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    middle_name = forms.CharField(
        label=gettext_lazy("Middle name"),
        help_text=gettext_lazy("Only if it is on your photo ID."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "additional-name"}),
    )
    family_name = forms.CharField(
        label=gettext_lazy("Family name"),
        help_text=gettext_lazy("All of them, as on your photo ID. Leave this empty only if you have one name."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    suffix = forms.CharField(
        label=gettext_lazy("Suffix"),
        help_text=gettext_lazy("For example: Jr., Sr., III"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "honorific-suffix", "class": "w-4"}),
    )
    preferred_name = forms.CharField(
        label=gettext_lazy("Name you like to be called"),
        help_text=gettext_lazy("We greet you by this name. Your certificate shows your legal name."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    former_names = forms.CharField(
        label=gettext_lazy("Other names you have had"),
        help_text=gettext_lazy(
            "If your diploma or another paper shows a different name, write that name here. Only the people who check "
            "your papers see it."
        ),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self):
        cleaned = super().clean()
        for name, value in list(cleaned.items()):
            if (value and not fold(value)) or any(map(_unseen, value)):
                self.add_error(name, _("Write the name with letters."))
        return cleaned


class BirthForm(PageForm):
    heading = "birth_date"
    birth_date = MemorableDateField(
        label=gettext_lazy("What is your birth date?"),
        help_text=gettext_lazy("As on your photo ID. For example: May 17 1985"),
        widget=DateParts(birthday=True),
    )

    def clean_birth_date(self):
        day = self.cleaned_data["birth_date"]
        if day > self.standards.day:
            raise forms.ValidationError(_("This date is in the future."))
        if problems := under_age_problems(day, self.standards):
            raise forms.ValidationError(problems[0], code=TOO_YOUNG)
        return day


TOO_YOUNG = "too young"


class ContactForm(PageForm):
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


class PaperForm(PageForm):
    """A page with a file. A file that was taken once need not be sent again."""

    file = PaperField(
        label=gettext_lazy("Photo or file"),
        help_text=gettext_lazy("A photo (JPG, PNG, HEIC) or a PDF, up to 15 MB. All four corners should be seen."),
        max_length=200,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in self.kinds.objects.filter(active=True)]
        self.doubts = []
        self.document = Document.objects.filter(pk=self.saved.get("document"), deleted_at=None).first()
        if self.document:
            self.keep_file(self.document)

    def keep_file(self, document):
        """Show that the file is here, so that nobody sends it twice."""
        self.document, self.doubts = document, doubts_about(document)
        self.fields["file"].required = False
        self.fields["file"].label = _("Another photo or file")

    def answers(self):
        return super().answers() | {"document": self.document and self.document.pk}


class IdentityForm(PaperForm):
    kinds = IdentityKind
    field_order = ("kind", "issuer", "expires_on", "no_expiry", "file")

    kind = forms.ChoiceField(label=gettext_lazy("Which ID do you have?"), widget=forms.RadioSelect)
    issuer = forms.CharField(
        label=gettext_lazy("Who issued it?"),
        help_text=gettext_lazy("For example: California DMV, or the country of your passport"),
        max_length=120,
    )
    expires_on = MemorableDateField(
        label=gettext_lazy("When does it expire?"),
        help_text=gettext_lazy("The ID must still be valid today."),
    )
    no_expiry = forms.BooleanField(label=gettext_lazy("My ID has no expiry date"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["expires_on"].error_messages["required"] = _("Write the date, or tick “My ID has no expiry date”.")

    def clean_expires_on(self):
        day = self.cleaned_data["expires_on"]
        if problems := expired_problems(day, self.standards.day):
            raise forms.ValidationError(problems)
        return day

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("no_expiry"):
            self.errors.pop("expires_on", None)
            cleaned["expires_on"] = None
        return cleaned


class EducationForm(PaperForm):
    kinds = EducationKind
    field_order = ("kind", "file")

    kind = forms.ChoiceField(label=gettext_lazy("What do you have?"), widget=forms.RadioSelect)


class AttestationsForm(PageForm):
    """WIC 14045.15(a)(3) to (5), each in the statute's own words; of what kind the experience is, is never asked."""

    lived_experience = forms.BooleanField(
        label=gettext_lazy(
            "Yes. I self-identify as having lived experience with the process of recovery from mental illness, substance use "
            "disorder, or both, either as a consumer of these services or as the parent or family member of the consumer."
        )
    )
    willing_to_share = forms.BooleanField(label=gettext_lazy("Yes. I am willing to share my experience."))
    dedication = forms.BooleanField(label=gettext_lazy("Yes. I have a strong dedication to recovery."))


class EthicsForm(PageForm):
    signature = forms.CharField(
        label=gettext_lazy("Type your full name to sign"),
        help_text=gettext_lazy("As on your photo ID. This is your written agreement to follow the Code of Ethics."),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.code = ethics_code_on(self.standards.day)
        self.initial = {**self.initial, "version": self.code.version}

    def clean_version(self):
        if self.cleaned_data["version"] != self.code.version:
            raise forms.ValidationError(_("The Code of Ethics has a new version. Please read and sign it again."))
        return self.code.version

    def clean_signature(self):
        signature = self.cleaned_data["signature"]
        if problems := signature_problems(signature, self.all_answers):
            raise forms.ValidationError(problems)
        return signature

    def answers(self):
        return super().answers() | {"signed_at": timezone.now().isoformat(), "language": get_language()}


FORMS = {
    "orientation": OrientationForm,
    "name": NameForm,
    "birth": BirthForm,
    "contact": ContactForm,
    "identity": IdentityForm,
    "education": EducationForm,
    "attestations": AttestationsForm,
    "ethics": EthicsForm,
}


class QuestionForm(PortalForm):
    """One question of the eligibility check."""

    answer = forms.ChoiceField(
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))], widget=forms.RadioSelect
    )

    def __init__(self, data=None, *, question):
        super().__init__(data)
        self.heading = "" if question.title else "answer"
        self.fields["answer"].label = question.words
        self.fields["answer"].help_text = question.hint


# --- messages ------------------------------------------------------------------------------------------------------
class MarkField(forms.UUIDField):
    """A mark of its own in each form shown, by which a form that arrives twice is known. One that cannot be read is a new one."""

    widget = forms.HiddenInput

    def __init__(self):
        super().__init__(initial=uuid4)

    def clean(self, value):
        try:
            return super().clean(value)
        except forms.ValidationError:
            return uuid4()


class WrittenField(forms.CharField):
    """Plain text of at most 2,000 letters. A new line is one letter, as browsers count it."""

    def __init__(self, *, rows, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), max_length=2000, **kwargs)

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class AccountsForm(PortalForm):
    """Whether a person has a second account. Only who has it knows its address; what is typed is never compared where they can see it."""

    another = forms.ChoiceField(
        label=gettext_lazy("Do you have another account with us?"),
        choices=[("no", gettext_lazy("No, this is my only account")), ("yes", gettext_lazy("Yes, both are mine"))],
        widget=forms.RadioSelect,
    )
    address = forms.EmailField(
        label=gettext_lazy("If yes: the e-mail address of your other account"), required=False, max_length=254
    )

    def clean(self):
        data = self.cleaned_data
        if data.get("another") == "yes" and not data.get("address", "x"):
            self.add_error("address", _("Type the e-mail address of your other account."))
        return data


class MessageForm(PortalForm):
    """What a person writes to the office."""

    text = WrittenField(label=gettext_lazy("Your message"), help_text=gettext_lazy("Up to 2,000 letters."), rows=6)
    mark = MarkField()


class OfficeForm(forms.Form):
    """What staff add to a thread; ``seen`` is the number of the last entry they had before them."""

    mark = MarkField()
    seen = forms.Field(widget=forms.HiddenInput, required=False)

    def clean_seen(self):
        """A number that cannot be read was seen by nobody."""
        seen = self.cleaned_data["seen"]
        return (int(seen) if re.fullmatch("[0-9]{1,18}", seen) else 0) if seen else None


class ReplyForm(OfficeForm):
    text = WrittenField(label=gettext_lazy("Message to the person"), rows=8)


class NoAnswerForm(OfficeForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why, as the person will read it"),
        choices=[("", gettext_lazy("Choose a reason")), *Message.Reason.choices],
    )
