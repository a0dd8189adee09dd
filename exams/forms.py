"""What people, the accommodation desk and the exam desk type."""

from django import forms
from django.utils.translation import gettext_lazy as _

from certification.forms import PaperField, PortalForm

from .models import Attempt

YES_NO = [("no", _("No")), ("yes", _("Yes"))]


class ChangeForm(PortalForm):
    """The question everyone answers before the exam fee. What is needed, never why."""

    needed = forms.ChoiceField(
        label=_("Must anything change for you?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        help_text=_("In the orientation, the training, the check-in or the exam."),
    )
    text = forms.CharField(
        label=_("If yes: what must change?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "For example: more time, a reader, large print, a room of your own. You do not have to name an illness."
        ),
    )
    paper = PaperField(
        label=_("A paper that supports it"),
        required=False,
        help_text=_("A photo or a scan: JPG, PNG, HEIC or PDF, up to 15 MB."),
    )

    def clean(self):
        data = self.cleaned_data
        if data.get("needed") == "yes" and not data.get("text", "x"):
            self.add_error("text", _("Tell us what must change."))
        return data


class FeeBackForm(PortalForm):
    """Why somebody asks for the fee of a missed exam back."""

    text = forms.CharField(
        label=_("What kept you from the exam?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("In your own words. You do not have to name an illness."),
    )


class DecisionForm(forms.Form):
    """What the accommodation desk decides, in the words the person reads."""

    decision = forms.CharField(
        label=_("What the person will read"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "The person reads it on their page. Name no illness. Say what will be done, or what will not and why."
        ),
    )


class GrantForm(DecisionForm):
    vendor_codes = forms.CharField(
        label=_("Codes for the exam vendor"),
        max_length=200,
        required=False,
        help_text=_(
            "As the vendor calls them, split by commas. Leave it empty where nothing changes in the exam itself."
        ),
    )


class ResultFileForm(forms.Form):
    file = forms.FileField(label=_("Result file from the vendor (CSV)"))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > 2 * 1024 * 1024:
            raise forms.ValidationError(_("This file is larger than 2 MB. Split it."))
        return file


class SettleForm(forms.Form):
    why = forms.CharField(label=_("How it was settled"), max_length=300)


class VoidForm(forms.Form):
    kind = forms.ChoiceField(label=_("Why"), choices=[(Attempt.Void.IRREGULARITY, Attempt.Void.IRREGULARITY.label)])
    why = forms.CharField(label=_("What happened (for our record)"), max_length=500)
