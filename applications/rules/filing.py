"""What the pages of an application still need, and what keeps it from being sent. Words are for the person who applies.

``answers`` is a dictionary of page to answers; the day asked about is the day of ``standards``.
"""

import re
from datetime import date, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certification.models import Document, Standing, full_name
from certification.names import alike, fold
from certification.queries import ethics_code_on, today
from certification.rules import age_on, closed_problems, of_age_on
from certification.standards import standards_on

from ..models import Application, Requirement
from .checklist import REQUIREMENTS
from .pages import PAGES, page_named

S = Application.Status
MAY_APPLY_AGAIN = {Standing.NOT_YET, Standing.VACATED, Standing.SURRENDERED, Standing.REVOKED}


def begin_problems(person):
    """What keeps a person from beginning a first application: a certificate that is renewed or reinstated instead, a wait, or an account that was just closed."""
    return closed_problems(person) or certificate_problems(person) or wait_problems(person)


def certificate_problems(person):
    """A certificate is renewed or reinstated, not applied for again."""
    held = person.certifications.with_standing(today())
    if any(certification.standing not in MAY_APPLY_AGAIN for certification in held):
        return [_("You already have a certificate. Call us before you apply again.")]
    return []


def wait_problems(person):
    """After the last attempt at the exam there may be a wait."""
    if day := first_day_to_begin(person):
        return [_("You can apply again from %(day)s on.") % {"day": date_format(day, "DATE_FORMAT")}]
    return []


def first_day_to_begin(person):
    """The day from which who used up all attempts may apply again (``exam.after_exhaustion_wait_days``); None where nothing holds them back.

    A wait that the program has not set binds nobody.
    """
    last = person.applications.exclude(used_up_on=None).order_by("used_up_on").last()
    if last is None or last.standards.is_assumed("exam_after_exhaustion_wait_days"):
        return None
    day = last.used_up_on + timedelta(days=last.standards.exam_after_exhaustion_wait_days)
    return day if day > today() else None


def answers_now(application):
    """What the pages say now: what was filed, under what is being written."""
    return (application.answers or {}) | {row.page: row.answers for row in application.draft_pages.all()}


def reopened_pages(application):
    """The pages that a request for more opens again, in order."""
    rows = application.requirements.all()
    slugs = {REQUIREMENTS[row.kind].page for row in rows if row.status == Requirement.Status.MORE_ASKED}
    return [page for page in PAGES if page.slug in slugs]


def writable_pages(application):
    """The pages that may be written now: all of a draft, and those that a request for more opens again."""
    if application.status == S.DRAFT:
        return list(PAGES)
    return reopened_pages(application) if application.status == S.MORE_ASKED else []


def review_due(application, standards):
    """The day by which the review of a filed application should be done; the clock stands still while we wait for the person."""
    days = standards.application_review_days + application.paused_days
    return timezone.localdate(application.submitted_at) + timedelta(days=days)


def review_days_late(application, standards):
    """Days that the review has taken beyond its clock: up to now, or up to the decision. None are counted while we wait for the person."""
    if application.status == S.MORE_ASKED:
        return 0
    until = timezone.localdate(application.decided_at) if application.decided_at else today()
    return max(0, (until - review_due(application, standards)).days)


# --- one page ------------------------------------------------------------------------------------------------------
def page_problems(page, answers, standards):
    """Why ``page`` is not done, in words; empty when it is."""
    own = answers.get(page.slug, {})
    if any(not own.get(name) for name in page.needs):
        return [_("“%(page)s” is not finished.") % {"page": page.title}]
    return _MORE.get(page.slug, _nothing)(answers, standards)


def page_status(page, answers, standards):
    """How the task list shows ``page``: (status, why)."""
    if page.slug not in answers:
        if page.after and page.after not in answers:
            return "locked", _("First finish “%(page)s”.") % {"page": page_named(page.after).title}
        return "todo", ""
    if any(not answers[page.slug].get(name) for name in page.needs):
        own = answers[page.slug]
        if own.get("later") and not own.get("document"):
            return "later", _("You said you will send this later.")
        return "started", ""
    problems = page_problems(page, answers, standards)
    return ("attention", " ".join(problems)) if problems else ("done", "")


def under_age_problems(birth_date, standards):
    """WIC 14045.15(a)(1). Says on which day the person may come."""
    years = standards.eligibility_min_age
    if age_on(birth_date, standards.day) >= years:
        return []
    return [
        _("You can send your application from %(day)s on, when you are %(years)s.")
        % {"day": date_format(of_age_on(birth_date, years), "DATE_FORMAT"), "years": years}
    ]


def expired_problems(expires_on, day):
    """A photo ID counts through the day it expires."""
    return [_("This ID has expired. Send one that is still valid.")] if expires_on < day else []


def legal_name(answers):
    """The legal name as the name page says it."""
    return full_name(answers.get("name", {}))


def is_another_name(written, answers):
    """Whether a paper with the name ``written`` shows neither the legal name nor one that the person says they had."""
    former = answers.get("name", {}).get("former_names") or ""
    known = [legal_name(answers), *re.split("[,;/]", former)]
    return bool(written and legal_name(answers)) and not any(alike(written, name) for name in known)


def signature_problems(signature, answers):
    """A typed signature holds when it is the legal name, or the given and family name, however it is spelled with marks and capitals."""
    name = answers.get("name", {})
    short = " ".join(filter(None, (name.get("given_name"), name.get("family_name"))))
    if fold(signature) in {fold(legal_name(answers)), fold(short)}:
        return []
    return [_("Type your name as on your ID: %(name)s.") % {"name": legal_name(answers)}]


def _birth(answers, standards):
    return under_age_problems(date.fromisoformat(answers["birth"]["birth_date"]), standards)


def _identity(answers, standards):
    expires_on = answers["identity"].get("expires_on")
    expired = expired_problems(date.fromisoformat(expires_on), standards.day) if expires_on else []
    return expired + _paper(answers["identity"])


def _education(answers, standards):
    return _paper(answers["education"])


def _paper(own):
    """A file in which a virus was found later is gone."""
    gone = Document.objects.filter(pk=own["document"], deleted_at__isnull=False).exists()
    return [_("We had to delete this file. Please send another one.")] if gone else []


def _ethics(answers, standards):
    if answers["ethics"]["version"] != ethics_code_on(standards.day).version:
        return [_("The Code of Ethics has a new version. Please read and sign it again.")]
    if signature_problems(answers["ethics"]["signature"], answers):
        return [_("Your signature is not your name any more. Please sign the Code of Ethics again.")]
    return []


def _nothing(answers, standards):
    return []


_MORE = {"birth": _birth, "identity": _identity, "education": _education, "ethics": _ethics}


# --- the whole -----------------------------------------------------------------------------------------------------
def problems_of(answers, standards):
    """Everything that keeps these answers from being sent."""
    return [problem for page in PAGES for problem in page_problems(page, answers, standards)]


def submission_problems(application, by):
    """What keeps the answers sealed at checkout from being filed today."""
    return closed_problems(application.person) or problems_of(application.snapshot or {}, standards_on(today()))


def answer_problems(application, by):
    """What is still missing in an answer to a request for more: every reopened page looked at and done."""
    written = {row.page for row in application.draft_pages.all()}
    answers, standards = answers_now(application), standards_on(today())
    problems = []
    for page in reopened_pages(application):
        if page.slug not in written:
            problems.append(_("Look at “%(page)s” and save it.") % {"page": page.title})
        problems += page_problems(page, answers, standards)
    return problems
