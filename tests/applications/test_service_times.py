"""How long a review takes and how many wait: the figures of the database against a plain count in Python."""

from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications import actions
from applications.models import Application
from applications.queries import certificate_times, line_before, review_times, waiting, waiting_for_review
from applications.rules import page_named, review_days_late
from certification.models import Notice, Person
from certification.queries import today
from certification.service_times import Line, Usual
from certification.signing import signed
from certification.standards import standards_on
from certification.steps import record
from tests import factories
from tests.applications.cases import accept_all, refuse

pytestmark = pytest.mark.django_db
S = Application.Status
WINDOW, SMALL = 90, 11


@pytest.fixture(autouse=True)
def noon(time_machine):
    """So that an hour more or less of summer time moves nothing to another day."""
    time_machine.move_to(timezone.localtime().replace(hour=12))


def decided(*rows, status=S.DENIED, **more):
    """Applications that were decided, one for each ``(submitted_at, decided_at, paused_days)``."""
    key = f"approved-{factories.next_number()}"
    more["approval_notice"] = Notice.objects.create(key=key, name="application-approved", language="en")
    more["person"] = Person.objects.create()
    with signed(None, "test"):
        Application.objects.bulk_create(
            Application(
                status=status,
                filed_on=timezone.localdate(submitted_at),
                submitted_at=submitted_at,
                decided_at=decided_at,
                paused_days=paused,
                **more,
            )
            for submitted_at, decided_at, paused in rows
        )


def ago(days):
    return timezone.now() - timedelta(days=days)


def asked_for_more(application, by):
    actions.claim(application, by=by)
    refuse(application, "id-unreadable", by)
    for line in application.requirements.filter(status="waiting"):
        actions.accept_requirement(line, by=by)
    actions.ask_for_more(application, by=by)


def answered(application):
    person = application.person
    actions.save_page(application, page_named("identity"), factories.answers(person)["identity"], by=person.user)
    actions.answer(application, by=person.user)


def times(question=review_times):
    return question(standards_on(today()))


def plain(counts):
    """The smallest counts that reach half and nine tenths."""
    counts = sorted(counts)
    return Usual(counts[ceil(len(counts) / 2) - 1], counts[ceil(len(counts) * 9 / 10) - 1])


# --- usual times ---------------------------------------------------------------------------------------------------
def test_a_worked_example_by_hand():
    """Eleven took 1 to 11 days: the sixth reaches half (5.5), the tenth nine tenths (9.9); we waited for two of the slow ones."""
    paused = {10: 8, 11: 8}
    decided(*[(ago(days), ago(0), paused.get(days, 0)) for days in range(1, 12)])
    assert times() == {"elapsed": Usual(6, 10), "ours": Usual(4, 8)}


moments = st.datetimes(datetime(2026, 2, 1), datetime(2026, 4, 30), timezones=st.just(UTC))  # summer time begins
waits = st.integers(0, 60 * 24 * 70).map(lambda minutes: timedelta(minutes=minutes))


@given(
    reviews=st.lists(st.tuples(moments, waits, st.integers(0, 40)), min_size=10, max_size=40),
    now=st.datetimes(datetime(2026, 4, 15), datetime(2026, 7, 15), timezones=st.just(UTC)),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_counts_as_plain_python_does(reviews, now, time_machine):
    time_machine.move_to(now)
    rows = [(since, since + wait, min(paused, wait.days)) for since, wait, paused in reviews if since + wait <= now]
    with transaction.atomic():
        decided(*rows)
        found = times()
        transaction.set_rollback(True)
    first = today() - timedelta(days=WINDOW - 1)
    recent = [row for row in rows if timezone.localdate(row[1]) >= first]
    elapsed = [(timezone.localdate(until) - timezone.localdate(since)).days for since, until, _paused in recent]
    ours = [days - paused for days, (_since, _until, paused) in zip(elapsed, recent, strict=True)]
    enough = len(recent) >= SMALL
    assert found == {"elapsed": plain(elapsed) if enough else None, "ours": plain(ours) if enough else None}


def test_ten_are_too_few_to_say_and_eleven_are_not():
    decided(*[(ago(9), ago(1), 0)] * (SMALL - 1))
    assert times() == {"elapsed": None, "ours": None}
    decided((ago(9), ago(1), 0))
    assert times() == {"elapsed": Usual(8, 8), "ours": Usual(8, 8)}


def test_what_was_decided_before_the_period_does_not_count(time_machine):
    time_machine.move_to(datetime(2026, 6, 30, 12, tzinfo=timezone.get_default_timezone()))
    decided(*[(ago(WINDOW + 5), ago(WINDOW), 0)] * SMALL)
    assert times()["elapsed"] is None
    decided(*[(ago(WINDOW + 5), ago(WINDOW - 1), 0)] * SMALL)
    assert times()["elapsed"] == Usual(6, 6)


def test_a_day_is_a_pacific_day(time_machine):
    """Sent at 23:30 and decided at 00:30 in California is one day, though in Greenwich it is the same."""
    time_machine.move_to(datetime(2026, 6, 2, 12, tzinfo=UTC))
    decided(*[(datetime(2026, 6, 1, 6, 30, tzinfo=UTC), datetime(2026, 6, 1, 7, 30, tzinfo=UTC), 0)] * SMALL)
    assert times()["elapsed"] == Usual(1, 1)


def test_withdrawn_and_waiting_applications_are_no_decisions(pat):
    factories.filed_application(pat)
    decided(*[(ago(9), None, 0)] * SMALL, status=S.WITHDRAWN)
    assert times() == {"elapsed": None, "ours": None}


def test_from_approval_to_certificate_only_what_was_completed_counts():
    decided(*[(ago(60), ago(40), 0)] * SMALL, status=S.COMPLETED, ended_at=ago(5))
    decided(*[(ago(60), ago(40), 0)] * SMALL, status=S.CLOSED, ended_at=ago(1))
    assert times(certificate_times) == {"elapsed": Usual(35, 35)}


def test_all_figures_of_a_review_are_one_question():
    decided(*[(ago(9), ago(1), 0)] * SMALL)
    standards = standards_on(today())
    with CaptureQueriesContext(connection) as asked:
        review_times(standards)
    assert len(asked) == 1


def test_the_days_of_a_real_review(pat, rae, time_machine):
    """Filed, asked after 5 days, answered after 12 more, approved 3 later: 20 days for the person, 8 with us."""
    now = timezone.now()
    time_machine.move_to(now)
    application = factories.filed_application(pat)
    time_machine.move_to(now + timedelta(days=5))
    asked_for_more(application, rae)
    time_machine.move_to(now + timedelta(days=17))
    application = Application.objects.get()
    answered(application)
    time_machine.move_to(now + timedelta(days=20))
    accept_all(application, rae)
    actions.approve(application, by=rae)
    decided(*[(ago(200), ago(0), 0)] * (SMALL - 1))
    with signed(None, "test"):
        Application.objects.exclude(pk=application.pk).update(filed_on=application.filed_on, paused_days=12)
    assert times() == {"elapsed": Usual(20, 20), "ours": Usual(8, 8)}
    assert review_days_late(application, application.standards) == 0


# --- who is ahead --------------------------------------------------------------------------------------------------
@pytest.fixture
def line(time_machine):
    """Three who sent theirs on three days, the last of them now."""
    now, made = timezone.now(), []
    for days in (9, 4, 0):
        time_machine.move_to(now - timedelta(days=days))
        made.append(factories.filed_application(factories.person("Waits", f"For{days}")))
    return made


def test_those_who_came_first_are_ahead(line):
    first, second, third = line
    assert line_before(first) == Line(0, None)
    assert line_before(second) == Line(1, first.filed_on)
    assert line_before(third) == Line(2, first.filed_on)


def test_who_is_claimed_leaves_the_line_and_who_is_released_has_the_old_place(line, rae):
    first, second, third = line
    actions.claim(first, by=rae)
    assert line_before(third) == Line(1, second.filed_on)
    actions.release(first, by=rae)
    assert line_before(second) == Line(1, first.filed_on)


def test_who_answered_is_with_the_reviewer_and_ahead_of_nobody(line, rae):
    first, second, _third = line
    asked_for_more(first, rae)
    assert line_before(second) == Line(0, None)
    answered(first)
    assert (first.status, first.reviewer) == (S.IN_REVIEW, rae)
    assert line_before(second) == Line(0, None)


def test_of_two_sent_at_one_moment_the_desk_deals_the_earlier_number(line, rae):
    _first, second, third = line
    record(third, by=None, why="test", submitted_at=second.submitted_at)
    assert list(waiting()) == line
    assert list(waiting_for_review(rae)) == line
    assert (line_before(second).waiting, line_before(third).waiting) == (1, 2)


def test_the_desk_shows_the_line_in_its_order(client, line, rae, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    record(line[2], by=None, why="test", submitted_at=line[1].submitted_at)
    client.force_login(rae)
    shown = client.get("/admin/applications/application/?whose=nobody").context["cl"].result_list
    assert list(shown) == line


# --- beyond our own clock ------------------------------------------------------------------------------------------
def test_days_late_are_counted_from_the_day_after_our_own_last(pat, rae, time_machine):
    now = timezone.now()
    time_machine.move_to(now)
    application = factories.filed_application(pat)
    limit = application.standards.application_review_days
    for days, late in ((limit, 0), (limit + 1, 1), (limit + 8, 8)):
        time_machine.move_to(now + timedelta(days=days))
        assert review_days_late(application, application.standards) == late
    actions.claim(application, by=rae)
    accept_all(application, rae)
    actions.approve(application, by=rae)
    time_machine.move_to(now + timedelta(days=limit + 30))
    assert review_days_late(Application.objects.get(), application.standards) == 8


def test_while_we_wait_for_the_person_no_day_is_ours(pat, rae, time_machine):
    application = factories.filed_application(pat)
    asked_for_more(application, rae)
    time_machine.move_to(timezone.now() + timedelta(days=300))
    assert review_days_late(application, application.standards) == 0
