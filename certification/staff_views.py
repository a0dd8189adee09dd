"""Staff pages of the lowest app: the next value of a standard, and what needs a second person: roles, accounts given back, payments returned. Letters to post, too."""

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from . import actions, refunds
from .audit import audit
from .letters import file_name, paper_of
from .models import Charge, Notice, Recovery, Refund, RoleChange, Standard, User
from .paper import as_pdf
from .roles import ROLES
from .rules import second_person_problems
from .steps import NotReady, Refused
from .templatetags.portal import dollars


def page(request, template, model, **context):
    return render(
        request, f"admin/certification/{template}.html", site.each_context(request) | {"opts": model._meta} | context
    )


def _write(request, form, act, model, done, **context):
    """Show the form; when it is sent and good, act and go to the list. What refuses is said at the form."""
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as refused:
            form.add_error(None, getattr(refused, "problems", str(refused)))
        else:
            messages.success(request, done)
            return redirect(f"admin:certification_{model._meta.model_name}_changelist")
    return page(request, "propose", model, form=form, **context)


# --- standards -----------------------------------------------------------------------------------------------------
class StandardForm(forms.Form):
    key = forms.ChoiceField(label=gettext_lazy("Standard"))
    value = forms.CharField(label=gettext_lazy("New value"), max_length=120)
    effective_from = forms.DateField(
        label=gettext_lazy("In force from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    citation = forms.CharField(label=gettext_lazy("Where it is written"), max_length=200)
    basis = forms.ChoiceField(label=gettext_lazy("How we know it"), choices=Standard.Basis)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        keys = Standard.objects.order_by("key").values_list("key", "unit").distinct()
        self.fields["key"].choices = [("", "")] + [(key, f"{key} ({unit})") for key, unit in keys]


@permission_required("certification.add_standard", raise_exception=True)
def add_standard(request):
    return _write(
        request,
        StandardForm(request.POST or None),
        lambda values: actions.add_standard(**values, by=request.user),
        Standard,
        _("The new value is kept. It counts from its day on."),
        title=_("Set the next value of a standard"),
        intro=_(
            "A value in force, or past, is never changed: it governs the cases of its days. Add the next one, from tomorrow or later."
        ),
        submit=_("Add"),
    )


# --- roles ---------------------------------------------------------------------------------------------------------
class AccountField(forms.EmailField):
    """An account, named by its e-mail address."""

    def clean(self, value):
        address = super().clean(value)
        user = User.objects.filter(email__iexact=address, is_active=True).first()
        if address and user is None:
            raise forms.ValidationError(_("There is no account with this address."))
        return user


class RoleChangeForm(forms.Form):
    user = AccountField(label=gettext_lazy("E-mail address of the account"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(role, role) for role in ROLES])
    grant = forms.TypedChoiceField(
        label=gettext_lazy("Change"),
        choices=[("yes", gettext_lazy("give the role")), ("no", gettext_lazy("take the role away"))],
        coerce=lambda value: value == "yes",
    )
    reason = forms.CharField(label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


@permission_required("certification.propose_rolechange", raise_exception=True)
def propose_role_change(request):
    return _write(
        request,
        RoleChangeForm(request.POST or None),
        lambda values: actions.propose_role_change(**values, by=request.user),
        RoleChange,
        _("Proposed. A second administrator decides."),
        title=_("Propose a change of role"),
        intro=_("A role is given or taken when a second administrator agrees. It counts from the person's next click."),
        submit=_("Propose"),
    )


@require_safe
@permission_required("certification.view_rolechange", raise_exception=True)
def role_change(request, pk):
    change = get_object_or_404(RoleChange.objects.select_related("user", "proposed_by", "decided_by"), pk=pk)
    what = _("give the role") if change.grant else _("take the role away")
    facts = [(_("Account"), change.user), (_("Role"), change.role), (_("Change"), what), (_("Why"), change.reason)]
    return _proposal(request, change, facts)


@require_POST
@permission_required("certification.decide_rolechange", raise_exception=True)
def decide_role_change(request, pk):
    return _decide(request, get_object_or_404(RoleChange, pk=pk), actions.decide_role_change)


# --- lost mailboxes ------------------------------------------------------------------------------------------------
class RecoveryForm(forms.Form):
    user = AccountField(label=gettext_lazy("Old e-mail address"))
    new_email = forms.EmailField(label=gettext_lazy("New e-mail address"))
    identity_check = forms.CharField(
        label=gettext_lazy("How identity was checked"),
        help_text=gettext_lazy("What you compared with what. Copy no numbers from papers here."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )
    reset_second_factor = forms.BooleanField(
        label=gettext_lazy("Passkeys and second step were lost too"), required=False
    )


@permission_required("certification.propose_recovery", raise_exception=True)
def propose_recovery(request):
    return _write(
        request,
        RecoveryForm(request.POST or None),
        lambda values: actions.propose_recovery(**values, by=request.user),
        Recovery,
        _("Proposed. A second administrator decides."),
        title=_("Give an account back"),
        intro=_(
            "For a person who lost the mailbox they signed up with. A second administrator checks it too. Then every session ends, and both addresses are told."
        ),
        submit=_("Propose"),
    )


@require_safe
@permission_required("certification.view_recovery", raise_exception=True)
def recovery(request, pk):
    proposal = get_object_or_404(Recovery.objects.select_related("user", "proposed_by", "decided_by"), pk=pk)
    facts = [
        (_("Account"), proposal.user),
        (_("New e-mail address"), proposal.new_email),
        (_("How identity was checked"), proposal.identity_check),
        (_("Passkeys and second step"), _("lost too, to be taken off") if proposal.reset_second_factor else _("stay")),
    ]
    return _proposal(request, proposal, facts)


@require_POST
@permission_required("certification.decide_recovery", raise_exception=True)
def decide_recovery(request, pk):
    return _decide(request, get_object_or_404(Recovery, pk=pk), actions.decide_recovery)


# --- what proposals share ------------------------------------------------------------------------------------------
def _proposal(request, proposal, facts, **more):
    name = proposal._meta.model_name
    problems = second_person_problems(proposal, request.user)
    return page(
        request,
        "proposal",
        type(proposal),
        title=str(proposal),
        proposal=proposal,
        facts=facts,
        problems=problems,
        may_decide=not problems,
        decide_url=reverse(f"admin:certification_{name}_decide", args=[proposal.pk]),
        **more,
    )


def _decide(request, proposal, action):
    try:
        action(proposal, agreed="agree" in request.POST, by=request.user)
    except NotReady as refused:
        for problem in refused.problems:
            messages.error(request, problem)
    else:
        messages.success(request, _("Decided."))
    return redirect(f"admin:certification_{proposal._meta.model_name}_change", proposal.pk)


# --- money ---------------------------------------------------------------------------------------------------------
class RefundForm(forms.Form):
    cause = forms.ChoiceField(label=gettext_lazy("Cause"), choices=Refund.Cause)
    why = forms.CharField(
        label=gettext_lazy("Why, for the second person"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000
    )


@permission_required(refunds.PROPOSE, raise_exception=True)
def propose_refund(request, pk):
    """Ask a second person to return the payment of a charge."""
    charge = get_object_or_404(Charge.objects.exclude(person__user=request.user), pk=pk)
    return _write(
        request,
        RefundForm(request.POST or None, initial={"cause": refunds.cause_of(charge)}),
        lambda values: refunds.propose(charge, **values, by=request.user),
        Charge,
        _("Proposed. A second person of finance decides."),
        title=_("Return a payment"),
        intro=_return_intro(charge),
        submit=_("Propose"),
    )


def _return_intro(charge):
    if charge.voucher_id:
        said = _(
            "%(amount)s, paid with a voucher on %(day)s. When a second person agrees, the voucher counts as unused again, and the person is told."
        )
    else:
        said = _(
            "%(amount)s, paid on %(day)s. When a second person agrees, the payment service returns it to the card, and the person is told."
        )
    day = date_format(timezone.localtime(charge.paid_at)) if charge.paid_at else "–"
    return said % {"amount": dollars(charge.cents), "day": day}


@require_safe
@permission_required("certification.view_refund", raise_exception=True)
def refund(request, pk):
    refund = get_object_or_404(
        refund_cases(request.user).select_related("charge__person", "charge__fee_request", "proposed_by", "decided_by"),
        pk=pk,
    )
    charge = refund.charge
    facts = [
        (_("Person"), charge.person),
        (_("Paid for"), charge.get_purpose_display()),
        (_("Amount"), dollars(charge.cents)),
        (_("Cause"), refund.get_cause_display()),
        (_("Why"), refund.why),
        (_("Reference of the payment"), charge.gateway_reference),
        (_("Returned"), charge.refunded_at),
        (_("Refused by the payment service"), refund.refused_at),
    ]
    if asked := refunds.request_of(charge):
        audit(request.user, "opened record", asked)
        facts.insert(4, (_("What the person wrote"), asked.text))
    stuck = refund.refused_at and not charge.refunded_at and refund.proposed_by_id != request.user.pk
    return _proposal(request, refund, facts, stuck=stuck)


def refund_cases(user):
    """Returns that a member of staff may look at: never of their own payments."""
    return Refund.objects.exclude(charge__person__user=user)


@require_POST
@permission_required(refunds.DECIDE, raise_exception=True)
def decide_refund(request, pk):
    return _decide(request, get_object_or_404(refund_cases(request.user), pk=pk), refunds.decide_refund)


@require_POST
@permission_required(refunds.DECIDE, raise_exception=True)
def returned_otherwise(request, pk):
    """Note that the money went back in another way than by the payment service."""
    try:
        refunds.returned_otherwise(get_object_or_404(refund_cases(request.user), pk=pk), by=request.user)
        messages.success(request, _("Noted: the money went back."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("admin:certification_refund_change", pk)


# --- post ----------------------------------------------------------------------------------------------------------
@require_safe
@permission_required("certification.view_notice", raise_exception=True)
def letter_to_post(request, pk):
    """A letter as paper, to send it to who cannot be reached by e-mail; with ``?large`` in large print."""
    notice = get_object_or_404(Notice.objects.to_post().select_related("recipient__person"), pk=pk)
    audit(request.user, "opened letter to post", notice)
    return as_pdf(paper_of(notice, large="large" in request.GET), file_name(notice))
