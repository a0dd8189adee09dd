"""The page on which a voucher pays a fee: the same for every fee."""

from allauth.core.ratelimit import consume
from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from .forms import PortalForm
from .numbers import VOUCHER, parse_number
from .steps import Refused
from .vouchers import NotTaken, pay


class VoucherForm(PortalForm):
    """A code as it was handed out. Only codes that could be right are looked up, and of one person only so many an hour."""

    code = forms.CharField(
        label=_("Code of your voucher"),
        max_length=60,
        help_text=_("It looks like this: VOUCH-0000-0000-0000. Small letters and spaces are fine."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_code(self):
        code = parse_number(self.cleaned_data["code"], prefix=VOUCHER)
        if code is None:
            raise forms.ValidationError(_("A letter or a number is wrong or missing. Look at the code again."))
        if not consume(self.request, action="voucher"):
            raise forms.ValidationError(_("You tried many codes. Try again in an hour, or call us."))
        return code


def voucher_page(request, checkout, *, cents, follows, pay_url, done_url):
    """Ask for a code, and pay with it what ``checkout()`` answers: the charge, or None where nothing is to be paid.

    ``follows`` says what then happens, in the person's words. Not to be called inside a transaction.
    """
    form = VoucherForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        try:
            if charge := checkout():
                pay(charge, form.cleaned_data["code"])
            return redirect(done_url)
        except NotTaken as refused:
            form.add_error("code", str(refused))
        except Refused as refused:
            messages.warning(request, str(refused))
            return redirect(pay_url)
    context = {"form": form, "cents": cents, "follows": follows, "pay_url": pay_url}
    return render(request, "certification/voucher.html", context)
