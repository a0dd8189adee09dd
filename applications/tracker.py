"""The way to a certificate as a person's own page tells it: what is done, what goes on now and whose move it is, and what is ahead."""

from typing import NamedTuple

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.queries import today
from certification.standards import standards_on
from certification.templatetags.portal import day
from training_providers.queries import accepted_core

from .models import Application, Requirement
from .queries import line_before, review_times
from .rules import (
    REQUIREMENTS,
    answer_problems,
    answers_now,
    begin_problems,
    more_time_problems,
    page_status,
    reopened_pages,
    reply_by,
    review_days_late,
    review_due,
    valid_through,
)

S = Application.Status


class Stage(NamedTuple):
    """One stage of the way: ``when`` in words; ``state`` is ``now`` or ``ahead``, and empty once it is done."""

    title: str
    when: str = ""
    state: str = ""
    lines: tuple[str, ...] = ()


def page_of(application):
    """All that the page of a sent application shows."""
    context = {"application": application, "way": way(application)}
    if application.filed_on:
        standards = application.standards
        due = review_due(application, standards)
        context |= {"standards": standards, "due": due, "late": due < today()}
    if application.status == S.MORE_ASKED:
        prefetch_related_objects([application], "draft_pages", "requirements__reason")
        context |= _asked(application) | {"reply_by": reply_by(application)}
        context["may_take_time"] = not more_time_problems(application)
    if application.status == S.APPROVED and application.passed_at:
        context["training"] = accepted_core(application.person, application.standards)
    if application.status == S.APPROVED:
        context["valid_through"] = valid_through(application)
    context["may_begin"] = application.status not in Application.OPEN and not begin_problems(application.person)
    return context


def _asked(application):
    """What a reviewer asked for, page by page, in their words."""
    written = {row.page for row in application.draft_pages.all()}
    words = {}
    for row in application.requirements.all():
        if row.status != Requirement.Status.MORE_ASKED:
            continue
        words.setdefault(REQUIREMENTS[row.kind].page, []).extend(
            filter(None, [row.reason and row.reason.text, row.note])
        )
    answers, standards = answers_now(application), standards_on(today())
    asked = [
        {
            "page": page,
            "words": words[page.slug],
            "status": page_status(page, answers, standards)[0] if page.slug in written else "attention",
        }
        for page in reopened_pages(application)
    ]
    declined = any(row.status == Requirement.Status.DECLINED for row in application.requirements.all())
    return {"asked": asked, "declined": declined, "answerable": not answer_problems(application, None)}


def way(application):
    """The stages of an application in their order; none of one that was never sent."""
    if not application.submitted_at:
        return []
    sent = Stage(_("You sent your application"), day(application.submitted_at))
    return [sent, *_STAGES[application.status](application)]


# --- before the decision -------------------------------------------------------------------------------------------
def _submitted(application):
    return [_check(application, _("It waits for a reviewer."), *_place(application)), *_until_decision(application)]


def _in_review(application):
    return [_check(application, _("A reviewer has it on their desk.")), *_until_decision(application)]


def _more_asked(application):
    return [Stage(_("You send what is missing"), state="now"), *_until_decision(application)]


def _check(application, *lines):
    late = review_days_late(application, application.standards)
    if late:
        words = ngettext("We are %(days)s day past our own limit.", "We are %(days)s days past our own limit.", late)
        return Stage(_("We check it"), "", "now", (*lines, words % {"days": late}))
    due = review_due(application, application.standards)
    return Stage(_("We check it"), _("By %(day)s") % {"day": day(due)}, "now", lines)


def _place(application):
    """Where it stands among those that wait."""
    line = line_before(application)
    if not line.waiting:
        return [_("Yours is next.")]
    ahead = ngettext(
        "%(number)s application is ahead of yours.", "%(number)s applications are ahead of yours.", line.waiting
    )
    now_on = _("We are now on those that came in on %(day)s.")
    return [ahead % {"number": line.waiting}, now_on % {"day": day(line.first_on)}]


def _until_decision(application):
    rest = _("If we approve it, you have %(months)s months for the rest.")
    lines = (*_usual_time(application), rest % {"months": application.standards.application_valid_months})
    return [Stage(_("We tell you the decision"), "", "ahead", lines), *_until_certificate(application, "ahead")]


def _usual_time(application):
    usual = review_times(application.standards.on(today()))["elapsed"]
    if usual is None:
        return []
    words = ngettext(
        "Lately half of the people waited %(half)s day or less, and nine of ten waited %(most)s or less.",
        "Lately half of the people waited %(half)s days or less, and nine of ten waited %(most)s or less.",
        usual.half,
    )
    return [words % {"half": usual.half, "most": usual.most}]


# --- after the decision --------------------------------------------------------------------------------------------
def _approved(application):
    return [_decided(application, _("We approved it")), *_until_certificate(application, "now")]


def _until_certificate(application, training):
    """What follows an approval; ``training`` is the state of the training."""
    certificate = Stage(_("You get your certificate"), "", "ahead")
    if application.passed_at:
        return [Stage(_("You passed the exam"), day(application.passed_at)), certificate]
    words = _("%(hours)s hours with an approved provider. You may start before we decide.")
    lines = (words % {"hours": application.standards.training_core_hours},)
    return [
        Stage(_("You take the training"), "", training, lines),
        Stage(_("You pass the exam"), "", "ahead"),
        certificate,
    ]


def _completed(application):
    return [_decided(application, _("We approved it")), Stage(_("Your certificate was issued"))]


def _denied(application):
    return [_decided(application, _("We said no"), "now")]


def _decided(application, title, state=""):
    late = review_days_late(application, application.standards)
    words = ngettext(
        "We took %(days)s day longer than our own limit.", "We took %(days)s days longer than our own limit.", late
    )
    return Stage(title, day(application.decided_at), state, (words % {"days": late},) if late else ())


def _withdrawn(application):
    return [Stage(_("You withdrew it"), day(application.ended_at), "now")]


def _closed(application):
    return [Stage(_("It was closed"), day(application.ended_at), "now")]


_STAGES = {
    S.SUBMITTED: _submitted,
    S.IN_REVIEW: _in_review,
    S.MORE_ASKED: _more_asked,
    S.APPROVED: _approved,
    S.COMPLETED: _completed,
    S.DENIED: _denied,
    S.WITHDRAWN: _withdrawn,
    S.CLOSED: _closed,
}
