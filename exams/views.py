"""A person's way through the exam: where it stands, the question about changes, the fee."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications.models import Application
from applications.queries import latest_application
from applications.rules import begin_problems, first_day_to_begin
from certification import unsent
from certification.documents import Unacceptable, received
from certification.models import Charge, Document, ExamArea
from certification.payments import gateway
from certification.queries import today
from certification.refunds import request_of
from certification.standards import standards_on
from certification.steps import Refused
from certification.voucher_views import voucher_page
from training_providers.queries import accepted_core
from training_providers.rules import counts_through

from . import actions, rules
from .forms import ChangeForm, FeeBackForm
from .models import Attempt
from .queries import application_of, lost_fees


@require_safe
def home(request):
    """Everything about the exam, with the one thing to do next."""
    application = application_of(request.user)
    if application is None:
        return render(request, "exams/none.html")
    attempts = list(application.attempts.all())
    failed = any(attempt.areas for attempt in attempts)
    areas = {area.code: area.label for area in ExamArea.objects.all()} if failed else {}
    context = {
        "application": application,
        "ends": rules.valid_through(application),
        "attempts": [(attempt, [areas.get(code, code) for code in attempt.areas or []]) for attempt in attempts],
        "authorized": next((attempt for attempt in attempts if attempt.status == Attempt.Status.AUTHORIZED), None),
        "passed": next((attempt for attempt in attempts if attempt.status == Attempt.Status.PASSED), None),
        "problems": rules.exam_problems(application),
        "accommodation": rules.accommodation_of(application),
        "may_answer": not rules.answer_problems(application),
        "waiting": rules.change_problems(application),
        "left": rules.attempts_left(application),
        "lost_fees": lost_fees(attempts),
        "standards": application.standards,
    }
    return render(request, "exams/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def changes(request):
    """Ask once whether anything must change; only the accommodation desk reads the answer."""
    application = application_of(request.user)
    if application is None or rules.answer_problems(application):
        return redirect("exams:home")
    place = f"application:{application.pk}:changes"
    if "keep" in request.POST:
        return unsent.keep_typed(request, ChangeForm(), place)
    form = ChangeForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if form.is_valid() and _answered(request, application, form):
        unsent.forget(request.user, form, place)
        return redirect("exams:home")
    put_back = unsent.put_back(form, request.user, place)
    return render(request, "exams/changes.html", {"form": form, "application": application, "put_back": put_back})


def _answered(request, application, form):
    needed, paper = form.cleaned_data["needed"] == "yes", form.cleaned_data["paper"]
    text = form.cleaned_data["text"]
    kept = received(application.person, Document.Kind.ACCOMMODATION, paper if needed else None, by=request.user)
    try:
        with kept as document:
            actions.answer_change_question(
                application, needed=needed, text=text if needed else "", document=document, by=request.user
            )
    except Refused as refusal:
        form.add_error("paper" if isinstance(refusal, Unacceptable) else None, str(refusal))
        return False
    messages.success(request, _("Thank you. We have your answer."))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def pay(request):
    """All that the exam costs, before anything is paid; then the gateway's page."""
    application = application_of(request.user)
    if application is None:
        return redirect("exams:home")
    if problems := rules.payment_problems(application):
        messages.warning(request, " ".join(problems))
        return redirect("exams:home")
    if request.method == "POST":
        return _to_checkout(request, application)
    standards = application.standards
    context = {
        "application": application,
        "cents": rules.fee_cents(application),
        "left": rules.attempts_left(application),
        "ends": rules.approval_ends(application),
        "standards": standards,
    }
    return render(request, "exams/pay.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def voucher(request):
    """The same with a voucher in place of the payment; not where nothing is to be paid."""
    application = application_of(request.user)
    cents = rules.fee_cents(application) if application and not rules.payment_problems(application) else 0
    if not cents:
        return redirect("exams:pay")
    return voucher_page(
        request,
        lambda: actions.open_checkout(application, by=request.user),
        cents=cents,
        follows=_("When the code is right, you are authorized to take the exam."),
        pay_url=reverse("exams:pay"),
        done_url=reverse("exams:paid"),
    )


def _to_checkout(request, application):
    back = {
        "return_url": request.build_absolute_uri(reverse("exams:paid")),
        "cancel_url": request.build_absolute_uri(reverse("exams:pay")),
    }
    try:
        if charge := actions.open_checkout(application, by=request.user):
            return redirect(gateway().open(charge, **back))
        messages.success(request, _("You are authorized to take the exam."))
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("exams:home")


@require_safe
def paid(request):
    """Where the gateway sends people back; its own word may come a moment later."""
    application = application_of(request.user)
    if application and any(attempt.status == Attempt.Status.REQUESTED for attempt in application.attempts.all()):
        return render(request, "exams/paid.html")
    return redirect("exams:home")


@require_safe
def again(request):
    """What now, at what cost, and what stays valid: for who has no attempt left, or whose application ended without a certificate."""
    application = application_of(request.user)
    if application is None or not rules.is_over(application):
        return redirect("exams:home")
    standards, person = standards_on(today()), application.person
    training = accepted_core(person, standards)
    context = {
        "application": application,
        "standards": standards,
        "training": training,
        "counts_through": training and counts_through(training, standards),
        "begun": latest_application(request.user).status == Application.Status.DRAFT,
        "must_end": application.status == Application.Status.APPROVED,
        "may_begin": not begin_problems(person),
        "waits_until": first_day_to_begin(person),
    }
    return render(request, "exams/again.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def fee_back(request, fee_id):
    """Ask for the fee of a missed exam back, once, and see what came of it. Only finance reads why."""
    fee = get_object_or_404(Charge.objects.visible_to(request.user).select_related("fee_request"), public_id=fee_id)
    if request_of(fee):
        return render(request, "exams/fee_back.html", {"fee": fee})
    if rules.fee_back_problems(fee):
        raise Http404
    form = FeeBackForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.ask_fee_back(fee, text=form.cleaned_data["text"], by=request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Thank you. We have your request."))
        return redirect("exams:fee_back", fee_id)
    return render(request, "exams/fee_back.html", {"fee": fee, "form": form})
