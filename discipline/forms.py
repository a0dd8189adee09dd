"""What a person writes in an appeal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from certification.forms import PaperField, PortalForm


class AppealForm(PortalForm):
    text = forms.CharField(
        label=_("Why should we look at this again?"),
        help_text=_("In your own words. What did we get wrong, or not know? You do not have to tell your story."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=10000,
    )
    file = PaperField(
        label=_("A paper that helps"),
        help_text=_("A photo or a PDF, up to 15 MB. You can send an appeal without one."),
        required=False,
    )
    late_reason = forms.CharField(
        label=_("Why does it come late?"),
        help_text=_("We will still read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )

    def __init__(self, *args, late, **kwargs):
        super().__init__(*args, **kwargs)
        if not late:
            del self.fields["late_reason"]
