"""What people and the training desk type about training."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certification.forms import MemorableDateField, PaperField, PortalForm
from certification.queries import today
from certification.sheets import MOST_BYTES, Unreadable

from .models import Approval, Language, Provider, TrainingType
from .queries import providers_ever
from .rosters import read
from .rules import approval_end_problems

ANY = ("any", _("Any"))


def _choices(choices):
    return [(value, capfirst(label)) for value, label in choices]


class ProviderFilterForm(PortalForm):
    """Narrows the public list; what it does not know narrows nothing."""

    training_type = forms.ChoiceField(label=_("Training"))
    language = forms.ChoiceField(label=_("Language"))
    delivery = forms.ChoiceField(label=_("Format"))

    def __init__(self, asked):
        super().__init__({"training_type": TrainingType.CORE, "language": "any", "delivery": "any"} | asked)
        formats = [(kind.value, kind.label) for kind in (Approval.Delivery.ONLINE, Approval.Delivery.IN_PERSON)]
        self.fields["training_type"].choices = _choices(TrainingType.choices)
        self.fields["language"].choices = [ANY, *_choices(Language.choices)]
        self.fields["delivery"].choices = [ANY, *_choices(formats)]

    def wanted(self):
        """What to narrow by: only what was chosen and is known."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value != "any"}


class TrainingForm(PortalForm):
    """One training and its certificate. It is judged by the desk, not here: only what cannot be true is refused."""

    provider = forms.ModelChoiceField(
        label=_("Who taught you?"),
        queryset=Provider.objects.none(),
        empty_label=_("Choose a provider"),
        help_text=_("Not in this list? Then call us before you send anything."),
    )
    language = forms.ChoiceField(label=_("In which language?"), choices=Language, widget=forms.RadioSelect)
    starts = MemorableDateField(label=_("First day"), help_text=_("For example: March 28 2026"))
    ends = MemorableDateField(label=_("Last day"))
    hours = forms.IntegerField(
        label=_("Hours of training"),
        min_value=1,
        max_value=2000,
        help_text=_("As your certificate says."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "w-4"}),
        error_messages={"invalid": _("Write the hours as a whole number, like 80.")},
    )
    certificate = PaperField(
        label=pgettext_lazy("of a training", "Your certificate"),
        help_text=_("A photo or a scan: JPG, PNG, HEIC or PDF, up to 15 MB."),
    )

    def __init__(self, *args, training_type=TrainingType.CORE, has_certificate=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers_ever(training_type)
        if has_certificate:
            self.fields["certificate"].required = False
            self.fields["certificate"].label = _("A new certificate")

    def clean_ends(self):
        ends = self.cleaned_data["ends"]
        if ends > today():
            raise forms.ValidationError(_("This day has not come yet. Send the certificate when you are done."))
        return ends

    def clean(self):
        starts, ends = self.cleaned_data.get("starts"), self.cleaned_data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", _("The last day must come after the first."))
        return self.cleaned_data


class WordsForm(forms.Form):
    """What the training desk tells the person."""

    words = forms.CharField(
        label=_("What the person will read"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Plain words, in the language of the letter. Say what is missing and what to do."),
    )


class EndApprovalForm(forms.ModelForm):
    class Meta:
        model = Approval
        fields = ["ends"]

    def clean_ends(self):
        ends = self.cleaned_data["ends"]
        if problems := approval_end_problems(self.instance, ends):
            raise forms.ValidationError(problems)
        return ends


class RosterForm(forms.Form):
    """A roster of one provider, for the core training in one language; ``cleaned_data["file"]`` is what it says."""

    provider = forms.ModelChoiceField(
        label=_("Provider"), queryset=Provider.objects.none(), empty_label=_("Choose a provider")
    )
    language = forms.ChoiceField(label=_("Language of the training"), choices=Language)
    file = forms.FileField(
        label=_("Roster (CSV or XLSX)"),
        help_text=_("Up to 2 MB. Columns: Portal code, Given name, Family name, First day, Last day, Hours."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers_ever(TrainingType.CORE)

    def clean_file(self):
        try:
            return read(self.cleaned_data["file"].read(MOST_BYTES + 1))
        except Unreadable as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
