"""The person's own application. It has no number in its address: everybody has one, and sees no other."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certification import documents, payments
from certification.queries import today
from certification.standards import standards_on
from certification.steps import NotReady, Refused
from certification.templatetags.portal import day
from certification.texts import blocks
from certification.voucher_views import voucher_page

from . import actions
from .forms import FORMS, TOO_YOUNG, AccountsForm, QuestionForm
from .models import Application
from .queries import latest_application, money_goes_back, offered_languages, orientation, summary
from .rules import (
    PAGES,
    QUESTIONS,
    SECTIONS,
    answer_problems,
    answers_now,
    draft_turn,
    page_named,
    page_status,
    problems_of,
    reopened_pages,
    writable_pages,
)
from .tracker import page_of

S = Application.Status
CAME_FROM = {"check", "answer"}
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@get_or_post
def eligibility(request):
    """The conditions of WIC 14045.15(a), one question at a time. Answers travel in the form and are kept nowhere."""
    standards = standards_on(today())
    context = {"standards": standards, "languages": offered_languages(standards)}
    if request.method != "POST":
        return render(request, "applications/eligibility/start.html", context)
    answered = [question for question in QUESTIONS if request.POST.get(question.name) == "yes"]
    if "back" in request.POST:
        answered = answered[:-1]
    question = next((question for question in QUESTIONS if question not in answered), None)
    if question is None:
        return render(request, "applications/eligibility/yes.html", context)
    asked = question.asked(standards)
    form = QuestionForm(request.POST if request.POST.get("asked") == question.name else None, question=asked)
    if form.is_bound and form.is_valid():
        if form.cleaned_data["answer"] == "no":
            return render(
                request, "applications/eligibility/no.html", context | {"question": asked, "answered": answered}
            )
        answered.append(question)
        question = next((question for question in QUESTIONS if question not in answered), None)
        if question is None:
            return render(request, "applications/eligibility/yes.html", context)
        form = QuestionForm(question=question.asked(standards))
    context |= {
        "form": form,
        "question": question,
        "answered": answered,
        "number": len(answered) + 1,
        "total": len(QUESTIONS),
    }
    return render(request, "applications/eligibility/question.html", context)


@require_safe
def apply(request):
    """Where an application stands: not begun, its task list, or its tracker."""
    application = latest_application(request.user)
    if application is None:
        context = {"standards": standards_on(today()), "checked": "checked" in request.GET}
        return render(request, "applications/start.html", context)
    if application.status == S.DRAFT:
        return render(request, "applications/tasks.html", _task_list(application))
    return render(request, "applications/tracker.html", page_of(application))


@require_POST
def begin(request):
    try:
        actions.begin(request.user)
    except NotReady as refused:
        messages.warning(request, str(refused))
    return redirect("applications:apply")


@require_POST
def keep(request):
    """Go on with a draft that rested long."""
    if draft := _draft(request):
        actions.keep_draft(draft, by=request.user)
        messages.success(request, _("We keep your application. Go on when you like."))
    return redirect("applications:apply")


def _task_list(application):
    standards = standards_on(today())
    prefetch_related_objects([application], "draft_pages")
    answers = answers_now(application)
    turn = draft_turn(application, standards)
    tasks = {page.slug: page_status(page, answers, standards) for page in PAGES}
    tasks |= _asked_of_others(application, tasks)
    return {
        "application": application,
        "sections": [(title, _tasks(pages, tasks)) for title, pages in SECTIONS],
        "done": sum(status == "done" for status, _why in tasks.values()),
        "total": len(PAGES),
        "ready": not problems_of(answers, standards),
        "standards": standards,
        "closes_on": turn and turn.closes_on,
    }


def _asked_of_others(application, tasks):
    """The pages whose paper somebody else was asked for, and has not sent yet."""
    words = _("You asked somebody to send this. The link works through %(day)s.")
    return {
        link.page: ("later", words % {"day": day(link.ends_on)})
        for link in application.upload_links.open()
        if tasks[link.page][0] not in ("done", "attention")
    }


def _tasks(pages, statuses):
    return [{"page": page, "status": statuses[page.slug][0], "why": statuses[page.slug][1]} for page in pages]


# --- pages ---------------------------------------------------------------------------------------------------------
@get_or_post
@transaction.non_atomic_requests
def page(request, slug):
    """One page of the application. Saving is the same however often it is sent."""
    shown, application = page_named(slug), latest_application(request.user)
    if shown is None or application is None:
        raise Http404
    if shown not in writable_pages(application):
        return closed(request)
    answers, standards = answers_now(application), standards_on(today())
    if page_status(shown, answers, standards)[0] == "locked":
        messages.info(request, page_status(shown, answers, standards)[1])
        return redirect("applications:apply")
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = FORMS[slug](*sent, page=shown, answers=answers, standards=standards)
    asked = request.POST.get("back") or request.GET.get("back")
    back = asked if asked in CAME_FROM else ""
    if form.is_bound and _save(request, application, shown, form):
        messages.success(request, _("Saved at %(time)s.") % {"time": time_format(timezone.localtime(), "TIME_FORMAT")})
        if form.has_doubts:
            return redirect(f"{request.path}?back={back}" if back else request.path)
        return redirect(_after(application, shown, back))
    if slug == "birth" and form.has_error("birth_date", TOO_YOUNG):
        return render(request, "applications/pages/too_young.html", {"words": form.errors["birth_date"][0]})
    context = {"form": form, "page": shown, "back": back, "standards": standards, "application": application}
    if shown.paper:
        context["link"] = application.upload_links.open().filter(page=slug).first()
    if back:
        context["back_url"] = reverse(f"applications:{back}")
    return render(request, f"applications/pages/{slug}.html", context | _reading(slug, form, standards))


def closed(request):
    """Where somebody goes who would write on a page that is not open now."""
    messages.info(request, _("This page is closed now. It opens again if we ask you for more."))
    return redirect("applications:apply")


def _save(request, application, shown, form):
    """Keep what was sent, and a good file even where another answer is wrong; says whether the person is done here for now."""
    valid, later = form.is_valid(), bool(shown.paper) and "later" in request.POST
    answers = form.answers() if valid else form.answers_so_far() if later else dict(form.saved)
    uploaded = form.cleaned_data.get("file")
    try:
        with documents.received(application.person, shown.paper, uploaded, by=request.user) as document:
            if document:
                answers["document"] = document.pk
                form.keep_file(document)
            if valid or later or document:
                actions.save_page(application, shown, answers, by=request.user)
    except Refused as refused:
        form.add_error("file" if isinstance(refused, documents.Unacceptable) else None, str(refused))
        return False
    return valid or later


def _after(application, shown, back):
    """Where the person came from to change an answer; else the next page that is not done."""
    if back:
        return reverse(f"applications:{back}")
    if application.status == S.DRAFT:
        answers, standards = answers_now(application), standards_on(today())
        for following in PAGES[PAGES.index(shown) + 1 :]:
            if page_status(following, answers, standards)[0] not in ("done", "later", "locked"):
                return reverse("applications:page", args=[following.slug])
    return reverse("applications:apply")


def _reading(slug, form, standards):
    """The long texts that two of the pages show."""
    if slug == "orientation":
        return {"blocks": orientation(standards)}
    if slug == "ethics":
        return {"summary": blocks(form.code.summary), "code": blocks(form.code.text), "version": form.code.version}
    return {}


# --- sending -------------------------------------------------------------------------------------------------------
@require_safe
def check(request):
    """All answers on one page, each with a way to change it."""
    application = _draft(request)
    if application is None:
        return redirect("applications:apply")
    answers, standards = answers_now(application), standards_on(today())
    context = {"sections": summary(answers), "problems": problems_of(answers, standards), "standards": standards}
    return render(request, "applications/check.html", context)


@get_or_post
@transaction.non_atomic_requests
def pay(request):
    """All fees and what is not returned, said before anything is paid; then on to the gateway's page."""
    application = _draft(request)
    if application is None:
        return redirect("applications:apply")
    standards = standards_on(today())
    if problems_of(answers_now(application), standards):
        return redirect("applications:check")
    if request.method == "POST":
        try:
            charge = actions.open_checkout(application, by=request.user)
            return redirect(
                payments.gateway().open(
                    charge,
                    return_url=request.build_absolute_uri(reverse("applications:sent")),
                    cancel_url=request.build_absolute_uri(reverse("applications:pay")),
                )
            )
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect("applications:apply")
    return render(request, "applications/pay.html", {"standards": standards})


@get_or_post
@transaction.non_atomic_requests
def voucher(request):
    """The same with a voucher in place of the payment."""
    application = _draft(request)
    if application is None:
        return redirect("applications:apply")
    standards = standards_on(today())
    if problems_of(answers_now(application), standards):
        return redirect("applications:check")
    return voucher_page(
        request,
        lambda: actions.open_checkout(application, by=request.user),
        cents=standards.fee_application,
        follows=_("When the code is right, your application is sent just as you see it now."),
        pay_url=reverse("applications:pay"),
        done_url=reverse("applications:sent"),
    )


@require_safe
def sent(request):
    """Where the gateway sends people back; the payment may be confirmed a little later."""
    application = latest_application(request.user)
    if application is None:
        return redirect("applications:apply")
    returned = not application.submitted_at and money_goes_back(application)
    return render(request, "applications/sent.html", page_of(application) | {"returned": returned})


def _draft(request):
    application = latest_application(request.user)
    return application if application and application.status == S.DRAFT else None


# --- afterwards ----------------------------------------------------------------------------------------------------
@get_or_post
def answer(request):
    """Give what was asked for."""
    application = latest_application(request.user)
    if application is None or application.status != S.MORE_ASKED:
        return redirect("applications:apply")
    if request.method == "POST":
        try:
            actions.answer(application, by=request.user)
            messages.success(request, _("Thank you. Your answer is with us."))
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect("applications:apply")
    prefetch_related_objects([application], "draft_pages", "requirements")
    context = {
        "sections": summary(answers_now(application), reopened_pages(application)),
        "problems": answer_problems(application, request.user),
    }
    return render(request, "applications/answer.html", context)


@require_POST
def more_time(request):
    """Take more time to answer, by one click."""
    application = latest_application(request.user)
    if application is None:
        return redirect("applications:apply")
    try:
        actions.more_time(application, by=request.user)
        messages.success(request, _("You have more time. The new day is below."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("applications:apply")


@get_or_post
def withdraw(request):
    """Take the application back, after a page that says what that means."""
    application = latest_application(request.user)
    if application is None or application.status not in Application.OPEN:
        return redirect("applications:apply")
    if request.method == "POST":
        try:
            actions.withdraw(application, by=request.user)
            messages.success(request, _("Your application is withdrawn."))
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect("applications:apply")
    standards = standards_on(application.filed_on or today())
    return render(request, "applications/withdraw.html", {"application": application, "standards": standards})


# --- another account -----------------------------------------------------------------------------------------------
@get_or_post
def accounts(request):
    """Whether this person has a second account. Everybody may say so at any time, and the page says the same to all: whose the other is, it never tells."""
    person = getattr(request.user, "person", None)
    if person is None:
        messages.info(request, _("You can tell us about another account once you have started an application here."))
        return redirect("applications:apply")
    form = AccountsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        another = form.cleaned_data["another"] == "yes"
        actions.answer_about_accounts(person, has_another=another, address=form.cleaned_data["address"])
        messages.success(request, _("Thank you. We have your answer."))
        return redirect("certification:home")
    return render(request, "applications/accounts.html", {"form": form})
