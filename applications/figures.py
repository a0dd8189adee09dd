"""How the queue as a whole stands, for a lead: what waits and since when, what comes in and goes out, in whose hands, why more is asked, and for whom."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.db.models import Count, Q
from django.db.models.functions import TruncDate, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.charts import bars
from certification.queries import today
from certification.service_times import Percentiles, days
from certification.standards import standards_on
from certification.templatetags.portal import day

from .models import Application, Reason, Requirement, SecondReading
from .queries import REVIEW_IS_OURS, UNDER_REVIEW, with_due_day

S = Application.Status
AGES = (7, 14, 21, 30)
SOON = 7
WEEKS = 8


def all_figures():
    """Everything that the page shows."""
    standards, (ages, clocks) = standards_on(today()), ages_and_clocks()
    filed, decided = weekly("submitted_at"), weekly("decided_at")
    return {
        "ages": bars(ages),
        "clocks": bars(clocks),
        "filed": bars(filed),
        "decided": bars(decided),
        "forecast": forecast(filed, decided, sum(number for _age, number in ages)),
        "load": load(),
        "reasons": bars(reasons()),
        "weeks": WEEKS,
        "fairness": [
            (_("Language of letters"), groups("person__user__language", standards)),
            (_("County"), groups("person__county__name", standards)),
        ],
        "fewest": standards.reporting_small_cell,
        "agreement": agreement(),
    }


# --- what waits ----------------------------------------------------------------------------------------------------
def ages_and_clocks():
    """What waits for us, asked in one question: how many by the days since they were sent, and how many by when they are due."""
    firsts = (0, *(most + 1 for most in AGES))
    by_age = {
        f"from_{first}": Count("pk", filter=_sent_between(first, most))
        for first, most in zip(firsts, (*AGES, None), strict=True)
    }
    soon = today() + timedelta(days=SOON)
    by_clock = {
        "late": Count("pk", filter=Q(due_on__lt=today())),
        "soon": Count("pk", filter=Q(due_on__gte=today(), due_on__lte=soon)),
        "later": Count("pk", filter=Q(due_on__gt=soon)),
    }
    ours = with_due_day(Application.objects.filter(status__in=REVIEW_IS_OURS))
    found = ours.aggregate(**by_age, **by_clock)
    ages = [
        _("%(first)s to %(most)s days") % {"first": first, "most": most}
        for first, most in zip(firsts, AGES, strict=False)
    ]
    ages.append(_("more than %(most)s days") % {"most": AGES[-1]})
    clocks = (_("late"), _("due in %(days)s days") % {"days": SOON}, _("due later"))
    return [
        [(word, found[name]) for word, name in zip(words, asked, strict=True)]
        for words, asked in ((ages, by_age), (clocks, by_clock))
    ]


def _sent_between(first, most):
    sent = Q(filed_on__lte=today() - timedelta(days=first))
    return sent if most is None else sent & Q(filed_on__gte=today() - timedelta(days=most))


# --- what comes in and goes out ------------------------------------------------------------------------------------
def weekly(moment):
    """How many applications reached ``moment`` (a field) in each of the last whole weeks: pairs of the week's Monday and the number."""
    monday = today() - timedelta(days=today().weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS, 0, -1)]
    within = Application.objects.sent().filter(**{f"{moment}__date__gte": weeks[0], f"{moment}__date__lt": monday})
    found = within.values_list(TruncWeek(moment)).annotate(Count("pk")).order_by()
    counted = {timezone.localdate(week): number for week, number in found}
    return [(day(week), counted.get(week, 0)) for week in weeks]


def forecast(filed, decided, waiting):
    """Where the queue goes if the next weeks are like the last, in words."""
    came, left = (sum(number for _week, number in weeks) / WEEKS for weeks in (filed, decided))
    if not waiting:
        return _("Nothing waits.")
    if left > came:
        weeks = ceil(waiting / (left - came))
        words = ngettext(
            "If it goes on like this, nothing waits in about %(weeks)s week.",
            "If it goes on like this, nothing waits in about %(weeks)s weeks.",
            weeks,
        )
        return words % {"weeks": weeks}
    growth = round(came - left)
    if not growth:
        return _("If it goes on like this, the queue stays about as long as it is.")
    return _("If it goes on like this, the queue grows by about %(number)s a week.") % {"number": growth}


# --- who, why and for whom -----------------------------------------------------------------------------------------
def load():
    """Who has how many cases: (number of the reviewer, their address, in review, waiting for the person)."""
    held = Application.objects.filter(status__in=UNDER_REVIEW, reviewer__isnull=False)
    return (
        held.values_list("reviewer", "reviewer__email")
        .annotate(
            ours=Count("pk", filter=Q(status=S.IN_REVIEW)),
            theirs=Count("pk", filter=Q(status=S.MORE_ASKED)),
        )
        .order_by("reviewer__email")
    )


def reasons():
    """Why more was asked, or a line declined, in the last weeks, the most frequent first: each application counts once for each reason."""
    since = timezone.now() - timedelta(weeks=WEEKS)
    marked = Requirement.history.filter(history_date__gte=since, reason__isnull=False)
    counted = marked.values_list("reason").annotate(number=Count("application", distinct=True)).order_by("-number")
    named = Reason.objects.in_bulk([reason for reason, _number in counted])
    return [(named[reason].text, number) for reason, number in counted if reason in named]


@dataclass(frozen=True)
class Group:
    """People alike in one way: how many we decided about, how many of them we denied (percent), and within how many days half of them heard from us."""

    label: str
    decided: int
    denied: int
    half: int


def groups(way, standards):
    """``Group`` of each value of ``way`` (a field) among those decided in the recent period; small ones are left out (``reporting.small_cell``)."""
    since = today() - timedelta(days=standards.service_times_window_days)
    rows = (
        Application.objects.filter(decided_at__date__gt=since)
        .values_list(way)
        .annotate(
            decided=Count("pk"),
            denied=Count("pk", filter=Q(status=S.DENIED)),
            waited=Percentiles(days("filed_on", TruncDate("decided_at"))),
        )
        .order_by(way)
    )
    return [
        Group(label or "–", decided, round(100 * denied / decided), half)
        for label, decided, denied, (half, _most) in rows
        if decided >= standards.reporting_small_cell
    ]


# --- do two of us see the same? ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Agreement:
    """How often two readers put a line of the checklist in the same place: files and lines read twice, lines alike (percent), and Cohen's kappa.

    Kappa is what is left of the agreement when that of chance is taken out: 1 is always, 0 no more often than by chance. None where chance alone would
    agree always, or nothing was read twice.
    """

    files: int
    lines: int
    alike: int
    kappa: float | None


def agreement():
    """``Agreement`` of all files that were read twice in the last year."""
    since = timezone.now() - timedelta(days=365)
    read = SecondReading.objects.filter(read_at__gte=since, first_marks__isnull=False)
    marks = list(read.values_list("first_marks", "marks"))
    pairs = [(first[kind], second[kind]) for first, second in marks for kind in first if kind in second]
    alike = sum(first == second for first, second in pairs)
    return Agreement(len(marks), len(pairs), round(100 * alike / len(pairs)) if pairs else 0, kappa(pairs))


def kappa(pairs):
    """Cohen's kappa of ``pairs`` of marks, those of the first reader and of the second; None where it is not defined."""
    if not pairs:
        return None
    firsts, seconds = Counter(first for first, _second in pairs), Counter(second for _first, second in pairs)
    observed = sum(first == second for first, second in pairs) / len(pairs)
    by_chance = sum(firsts[mark] * seconds[mark] for mark in firsts) / len(pairs) ** 2
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)
