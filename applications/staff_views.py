"""The case page of an application: its papers beside its checklist, and a button for each step open to who looks."""

from dataclasses import dataclass
from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.db.models import F, Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from certification.audit import audit
from certification.models import Document, Hold
from certification.notices import preview
from certification.queries import today
from certification.steps import Refused

from . import actions, queries
from .actions import steps
from .models import Application, Denial, Opening, Reason, Requirement
from .rules import (
    PAGES,
    REQUIREMENTS,
    approval_problems,
    ask_problems,
    days_to_give_back,
    extension_problems,
    filing_day_problems,
    late_problems,
    may_open,
    proposal_problems,
    requirement_problems,
    unanswered_problems,
)
from .tracker import page_of

S = Application.Status
may_look = permission_required("applications.view_application", raise_exception=True)


def find(request, pk):
    """The case, if this member of staff may handle it; nobody finds their own here."""
    cases = queries.with_marks(queries.with_due_day(queries.cases_for(request.user)))
    return get_object_or_404(
        cases.select_related(
            "person__user", "person__county", "reviewer", "approval_notice", "proposal"
        ).prefetch_related(
            Prefetch("requirements", Requirement.objects.select_related("reason", "decided_by")),
            Prefetch("denials", Denial.objects.select_related("proposed_by", "decided_by")),
        ),
        pk=pk,
    )


@require_safe
@may_look
def case(request, pk):
    """Everything one needs to decide, on one page. Looking at it is audited."""
    application = find(request, pk)
    if not may_open(application, request.user):
        return _ask_why(request, application, OpeningForm())
    audit(request.user, "opened case", application)
    holds = _holds(request.user, application)
    context = site.each_context(request) | {
        "title": str(application.person),
        "application": application,
        "opts": Application._meta,
        "tone": TONES.get(application.status, ""),
        "days_left": (application.due_on - today()).days if application.status in queries.REVIEW_IS_OURS else None,
        "checklist": checklist(application, request.user),
        "documents": papers(application, request.user),
        "timeline": queries.timeline(application),
        "holds": holds,
        "hold_open": any(hold.ended_at is None for hold in holds or []),
        "open_denial": _open_denial(application),
        "may_hand_on": application.status in queries.REVIEW_IS_OURS and _open_denial(application) is None,
        "may_deal": steps.CLAIM.allows(request.user),
        "late": _late(request.user, application),
    }
    return render(request, "admin/applications/case.html", context | decisions(application, request.user))


@require_safe
@may_look
def as_person(request, pk):
    """The page of the application as its person sees it now, in their language; nothing on it can be pressed."""
    application = find(request, pk)
    if not may_open(application, request.user):
        return to_case(pk)
    audit(request.user, "opened case", application)
    with translation.override(application.person.user.language):
        return render(request, "applications/tracker.html", page_of(application) | {"read_only": True})


class OpeningForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you open it?"), choices=Opening.Reason, widget=forms.RadioSelect
    )


def _ask_why(request, application, form):
    """What stands before a file that was not dealt to who looks."""
    context = site.each_context(request) | {
        "title": _("Open a file by name"),
        "application": application,
        "opts": Application._meta,
        "form": form,
    }
    return render(request, "admin/applications/why.html", context)


@require_POST
@may_look
def open_by_name(request, pk):
    """Open a file that was not dealt to one: with a reason, and for today."""
    application, form = find(request, pk), OpeningForm(request.POST)
    if not form.is_valid():
        return _ask_why(request, application, form)
    actions.open_by_name(application, by=request.user, reason=form.cleaned_data["reason"])
    return to_case(pk)


@require_POST
@permission_required("applications.review_application", raise_exception=True)
def deal(request):
    """The next file: the one that waits the longest."""
    application = actions.deal(by=request.user)
    if application is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("admin:index")
    return to_case(application.pk)


@require_POST
@may_look
def hand_on(request, pk):
    """Hand on the file of somebody one knows, without a word about why."""
    application = find(request, pk)
    if acted(
        request,
        lambda: actions.hand_on(application, by=request.user),
        _("The file is handed on. You do not see it again."),
    ):
        return redirect("admin:index")
    return to_case(pk)


TONES = {
    S.SUBMITTED: "info",
    S.IN_REVIEW: "info",
    S.MORE_ASKED: "warn",
    S.APPROVED: "good",
    S.COMPLETED: "good",
    S.DENIED: "bad",
}


# --- what the page shows -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """One line of the checklist as the page shows it."""

    requirement: Requirement
    check: object
    answers: list
    reasons: list
    may_mark: bool
    may_allow: bool

    @property
    def tone(self):
        marks = {"accepted": "good", "more_asked": "warn", "declined": "bad"}
        return marks.get(self.requirement.status, "")


def checklist(application, user):
    """The lines in the order of the table, each with what the person answered and the reasons that fit it."""
    rows = {row.kind: row for row in application.requirements.all()}
    asked = {check.page for check in REQUIREMENTS.values()}
    pages = [page for page in PAGES if page.slug in asked]
    answered = {page.slug: lines for page, lines in queries.written_rows(application.answers or {}, pages)}
    reasons = (
        list(Reason.objects.filter(active=True).order_by("-outcome", "code")) if may_mark(application, user) else []
    )
    return [
        Line(
            requirement=rows[kind],
            check=check,
            answers=[line for line in answered.get(check.page, []) if line[2] is None],
            reasons=[reason for reason in reasons if reason.requirement == kind],
            may_mark=bool(reasons),
            may_allow=user.has_perm(actions.LATE) and not late_problems(rows[kind], user),
        )
        for kind, check in REQUIREMENTS.items()
        if kind in rows
    ]


def may_mark(application, user):
    """Whether the checklist is open to ``user``: in review, theirs, and nothing proposed."""
    return application.status == S.IN_REVIEW and not requirement_problems(Requirement(application=application), user)


def _open_denial(application):
    return next((denial for denial in application.denials.all() if denial.decided_at is None), None)


def papers(application, user):
    """The papers that this person may open, those of the answers first; each page is drawn as a picture."""
    answers = application.answers or {}
    named = [answers.get(page.slug, {}).get("document") for page in PAGES]
    kinds = [kind for check in REQUIREMENTS.values() for kind in check.documents]
    rows = Document.objects.visible_to(user).filter(owner=application.person, kind__in=kinds)
    documents = sorted(rows, key=lambda row: (row.pk not in named, row.kind != Document.Kind.IDENTITY, -row.pk))
    return [{"document": row, "current": row.pk in named, "pages": range(1, row.pages + 1)} for row in documents]


def _holds(user, application):
    if not user.has_perm(actions.HOLDS):
        return None
    holds = Hold.objects.filter(person=application.person).select_related("opened_by", "ended_by")
    return list(holds.order_by(F("ended_at").desc(nulls_first=True), "-opened_at"))


def _late(user, application):
    """The days beyond our own clocks that were given back, and those that still may be, for who may do that; None where there are none."""
    approved = application.status == S.APPROVED
    if not user.has_perm(actions.EXTEND) or not (approved or application.extra_days):
        return None
    given = list(application.extensions.select_related("added_by").order_by("added_at"))
    left = days_to_give_back(application) if approved else 0
    if not given and left <= 0:
        return None
    problems = extension_problems(application, 1, user)
    return {"given": given, "left": left, "problems": problems, "form": ExtensionForm(initial={"days": left})}


def decisions(application, user):
    """The buttons open to ``user``, and why one that is nearly open is not: names of steps and lists of problems in words."""
    if own_proposal := _proposal_of(user, application):
        return {"mine": True, "proposal": own_proposal, "leaves_at": own_proposal.at + actions.UNDO}
    if application.status == S.SUBMITTED:
        return {"may_claim": steps.CLAIM.open_to(user, application)}
    if steps.CLOSE_UNANSWERED.open_to(user, application):
        return _closing(application, user)
    if application.status != S.IN_REVIEW:
        return {}
    mine = application.reviewer_id == user.pk
    denial = _open_denial(application)
    standards = application.standards.on(today())
    shown = {
        "mine": mine,
        "may_release": steps.RELEASE.allows(user) and not steps.RELEASE.problems(application, user),
        "filing_day_problems": filing_day_problems(application),
        "may_decide": bool(denial) and steps.DENY.allows(user) and denial.proposed_by_id != user.pk,
    }
    if denial:
        return shown | {"letter": preview(application.person.user, *actions.denial_letter(denial), standards=standards)}
    if not mine:
        return shown
    asking, marked = ask_problems(application, user), {row.status for row in application.requirements.all()}
    return shown | {
        "approving": approval_problems(application, user),
        "asking": asking,
        "proposing": proposal_problems(application, user),
        "wants_more": Requirement.Status.MORE_ASKED in marked,
        "wants_denial": Requirement.Status.DECLINED in marked,
        "letter": None
        if asking
        else preview(application.person.user, *actions.asking_letter(application), standards=standards),
    }


def _proposal_of(user, application):
    """The decision on its way, for who made it; nobody else sees it."""
    proposal = getattr(application, "proposal", None)
    return proposal if proposal and proposal.by_id == user.pk else None


def _closing(application, user):
    """Whether a request that nobody answers may be closed, and the letter that then leaves."""
    if problems := unanswered_problems(application, user):
        return {"closing": problems}
    letter = actions.unanswered_letter(application)
    standards = application.standards.on(today())
    return {"may_close": True, "letter": preview(application.person.user, *letter, standards=standards)}


# --- what the buttons do -------------------------------------------------------------------------------------------
def acted(request, act, done):
    """Do ``act``; say that it is ``done``, or why not."""
    try:
        act()
    except Refused as refused:
        for problem in getattr(refused, "problems", [str(refused)]):
            messages.error(request, problem)
        return False
    messages.success(request, done)
    return True


VERBS = {
    "claim": (actions.claim, gettext_lazy("This case is yours now.")),
    "release": (actions.release, gettext_lazy("The case is back in the queue.")),
    "undo": (actions.undo, gettext_lazy("Undone. Nothing has left.")),
}
LEAVES_SOON = gettext_lazy("The letter leaves in a minute. Until then you can undo it.")
VERBS |= {verb: (partial(actions.propose, verb=verb), LEAVES_SOON) for verb in ("ask", "approve", "close")}


@require_POST
@may_look
def act(request, pk, verb):
    """Take one of the steps that need nothing but a click."""
    if verb not in VERBS:
        raise Http404
    application = find(request, pk)
    if not may_open(application, request.user):
        return to_case(pk)
    action, done = VERBS[verb]
    acted(request, lambda: action(application, by=request.user), done)
    return to_case(pk, "#decision")


def to_case(pk, anchor=""):
    response = redirect("admin:applications_application_change", pk)
    response["Location"] += anchor
    return response


class MarkForm(forms.Form):
    """Why a line is not accepted: a reason of that line, whose outcome says whether more is asked or it is declined."""

    reason = forms.SlugField()
    note = forms.CharField(max_length=1000, required=False)

    def __init__(self, *args, kind, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = kind

    def clean_reason(self):
        reason = Reason.objects.filter(code=self.cleaned_data["reason"], requirement=self.kind, active=True).first()
        if reason is None:
            raise forms.ValidationError(_("Choose a reason."))
        return reason


@require_POST
@may_look
def mark(request, pk, kind):
    """Accept a line of the checklist, or give the reason why not."""
    application = find(request, pk)
    requirement = get_object_or_404(application.requirements, kind=kind)
    form = MarkForm(request.POST, kind=kind)
    if "accept" in request.POST:
        acted(request, lambda: actions.accept_requirement(requirement, by=request.user), _("Accepted."))
    elif form.is_valid():
        reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
        acted(
            request,
            lambda: actions.refuse_requirement(requirement, reason, note=note, by=request.user),
            _("Marked. Nothing is sent yet."),
        )
    else:
        messages.error(request, _("Choose a reason. A note may have 1,000 letters."))
    return to_case(pk, f"#{kind}")


class LateForm(forms.Form):
    reason = forms.CharField(max_length=500)


@require_POST
@permission_required("applications.allow_late_request", raise_exception=True)
def allow_late(request, pk, kind):
    """Say why something is asked late; the reviewer may then send the letter."""
    requirement = get_object_or_404(find(request, pk).requirements, kind=kind)
    form = LateForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        acted(
            request,
            lambda: actions.allow_late_request(requirement, by=request.user, reason=reason),
            _("Kept. The reviewer may ask for it now."),
        )
    else:
        messages.error(request, _("Say why, in at most 500 letters."))
    return to_case(pk, f"#{kind}")


class DenialForm(forms.Form):
    grounds = forms.CharField(
        label=gettext_lazy("Why, in words the person will read"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )


@require_POST
@may_look
def propose_denial(request, pk):
    application = find(request, pk)
    form = DenialForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write why, in at most 2,000 letters."))
    else:
        grounds = form.cleaned_data["grounds"]
        acted(
            request,
            lambda: actions.propose_denial(application, by=request.user, grounds=grounds),
            _("Proposed. A second person decides; the person is told nothing yet."),
        )
    return to_case(pk, "#decision")


@require_POST
@permission_required("applications.decide_denial", raise_exception=True)
def decide_denial(request, pk):
    denial = get_object_or_404(find(request, pk).denials.filter(decided_at=None))
    if "agree" in request.POST:
        acted(request, lambda: actions.propose(denial.application, "deny", by=request.user), LEAVES_SOON)
    else:
        done = _("Not agreed. The case is back with its reviewer.")
        acted(request, lambda: actions.decide_denial(denial, by=request.user, agreed=False), done)
    return to_case(pk)


# --- holds ---------------------------------------------------------------------------------------------------------
class HoldForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What must be checked"), choices=Hold.Kind)
    note = forms.CharField(
        label=gettext_lazy("Note for staff"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    review_on = forms.DateField(
        label=gettext_lazy("Look at it again on"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_review_on(self):
        day = self.cleaned_data["review_on"]
        if not today() < day <= today() + timezone.timedelta(days=366):
            raise forms.ValidationError(_("Choose a day within a year from now."))
        return day


@permission_required("certification.manage_holds", raise_exception=True)
def open_hold(request, pk):
    """A page of its own: what a hold does, and the letter that leaves with it."""
    application = find(request, pk)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = lambda: actions.open_hold(application.person, by=request.user, **form.cleaned_data)  # noqa: E731
        if acted(request, act, _("The hold is open. The person is told, with how to appeal.")):
            return to_case(pk, "#holds")
    context = site.each_context(request) | {
        "title": _("Open a hold"),
        "application": application,
        "opts": Application._meta,
        "form": form,
    }
    return render(request, "admin/applications/hold.html", context)


@permission_required("certification.manage_holds", raise_exception=True)
def renew_hold(request, pk, hold_pk):
    """Let a hold go on until another day; the letter that leaves with it says how to appeal."""
    application = find(request, pk)
    hold = get_object_or_404(Hold, person=application.person, pk=hold_pk, ended_at=None)
    form = HoldForm(request.POST or None, initial={"kind": hold.kind, "note": hold.note})
    del form.fields["kind"]
    if request.method == "POST" and form.is_valid():
        act = lambda: actions.renew_hold(hold, by=request.user, **form.cleaned_data)  # noqa: E731
        if acted(request, act, _("The hold goes on. The person is told, with how to appeal.")):
            return to_case(pk, "#holds")
    context = site.each_context(request) | {
        "title": _("Renew the hold"),
        "application": application,
        "opts": Application._meta,
        "form": form,
        "renewed": hold,
    }
    return render(request, "admin/applications/hold.html", context)


class EndHoldForm(forms.Form):
    reason = forms.CharField(max_length=500)


@require_POST
@permission_required("certification.manage_holds", raise_exception=True)
def end_hold(request, pk, hold_pk):
    application = find(request, pk)
    hold = get_object_or_404(Hold, person=application.person, pk=hold_pk, ended_at=None)
    form = EndHoldForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        acted(request, lambda: actions.end_hold(hold, by=request.user, reason=reason), _("The hold has ended."))
    else:
        messages.error(request, _("Say why the hold ends."))
    return to_case(pk, "#holds")


# --- days given back -----------------------------------------------------------------------------------------------
class ExtensionForm(forms.Form):
    days = forms.IntegerField(label=gettext_lazy("Days to add"), min_value=1, max_value=999)
    reason = forms.CharField(
        label=gettext_lazy("Why, in words the person will read"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )


@require_POST
@permission_required(actions.EXTEND, raise_exception=True)
def extend(request, pk):
    """Add days to an approval that we were late for."""
    application = find(request, pk)
    form = ExtensionForm(request.POST)
    if form.is_valid():
        act = lambda: actions.extend_approval(application, by=request.user, **form.cleaned_data)  # noqa: E731
        acted(request, act, _("The days are added. The letter is on its way."))
    else:
        messages.error(request, _("Say how many days, and why in at most 1,000 letters."))
    return to_case(pk, "#late")
