"""What a person types on each page, as clean answers: plain values that can be sealed as JSON."""

import re
from datetime import date
from uuid import uuid4

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from certification.details import ContactFields, NameFields, PreferredNameField, letters
from certification.documents import doubts_about
from certification.forms import DateParts, MemorableDateField, PaperField, PortalForm
from certification.models import Document, EducationKind, IdentityKind
from certification.queries import ethics_code_on

from .models import Message
from .rules import expired_problems, is_another_name, signature_problems, under_age_problems


class PageForm(PortalForm):
    """One page. ``answers`` are those of the whole application so far; ``standards`` are those of today."""

    def __init__(self, data=None, files=None, *, page, answers, standards):
        self.page, self.all_answers, self.standards = page, answers, standards
        self.saved = answers.get(page.slug, {})
        super().__init__(data, files, initial=self.saved)

    has_doubts = False

    def answers(self):
        """The clean values as JSON can hold them; of a form with mistakes, those without one."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if name != "file"}


def _plain(value):
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int) else str(value or "")


class OrientationForm(PageForm):
    read = forms.BooleanField(label=gettext_lazy("I have read this guide"))

    def answers(self):
        return {"read": True, "language": get_language(), "read_at": timezone.now().isoformat()}


class NameForm(PageForm, NameFields):
    preferred_name = PreferredNameField()
    former_names = forms.CharField(
        label=gettext_lazy("Other names you have had"),
        help_text=gettext_lazy(
            "If your diploma or another paper shows a different name, write that name here. Only the people who check "
            "your papers see it."
        ),
        max_length=200,
        validators=[letters],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


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


class ContactForm(PageForm, ContactFields):
    """How the person is reached."""


class PaperForm(PageForm):
    """A page with a file. A file that was taken once need not be sent again."""

    name_on_it = forms.CharField(
        label=gettext_lazy("The name on it, if it is not the name you gave us"),
        help_text=gettext_lazy("For example, your name before you married. Leave it empty if it is the same."),
        max_length=200,
        validators=[letters],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
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

    @property
    def name_differs(self):
        """Whether the paper, by what the person wrote, shows a name that they gave us nowhere."""
        own = self.cleaned_data if self.is_bound and hasattr(self, "cleaned_data") else self.saved
        return is_another_name(own.get("name_on_it", ""), self.all_answers)

    @property
    def has_doubts(self):
        """Whether there is something to look at before going on: about a file that just came, or a name that was just written."""
        return bool(self.doubts and self.cleaned_data.get("file")) or (
            self.name_differs and "name_on_it" in self.changed_data
        )

    def answers_so_far(self):
        """What there is to keep of a page whose paper comes later."""
        return self.saved | self.answers() | {"later": True}


class IdentityForm(PaperForm):
    kinds = IdentityKind
    field_order = ("kind", "issuer", "expires_on", "no_expiry", "name_on_it", "file")

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
    field_order = ("kind", "name_on_it", "file")

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


class AskOtherForm(PortalForm):
    """Who is asked to send a paper, and in which language."""

    address = forms.EmailField(
        label=gettext_lazy("Their e-mail address"),
        help_text=gettext_lazy("For example: your school"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("In which language should we write to them?"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
    )

    def __init__(self, data=None, *, user):
        self.user = user
        super().__init__(data, initial={"language": get_language()})

    def clean_address(self):
        address = self.cleaned_data["address"].lower()
        if address == self.user.email.lower():
            raise forms.ValidationError(_("This is your own address. You can send the document yourself."))
        return address


class OnePaperForm(PortalForm):
    """One paper, from somebody who was asked for it."""

    file = PaperField(
        label=gettext_lazy("Photo or file"),
        help_text=gettext_lazy("A photo (JPG, PNG, HEIC) or a PDF, up to 15 MB. All four corners should be seen."),
        max_length=200,
    )


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
