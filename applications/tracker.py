"""The way to a certificate as a person's own page tells it: what is done, what goes on now and whose move it is, and what is ahead."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.queries import today
from certification.templatetags.portal import day

from .models import Application
from .queries import line_before, review_times
from .rules import review_days_late, review_due

S = Application.Status


class Stage(NamedTuple):
    """One stage of the way: ``when`` in words; ``state`` is ``now`` or ``ahead``, and empty once it is done."""

    title: str
    when: str = ""
    state: str = ""
    lines: tuple[str, ...] = ()


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
