"""A share of the files is read twice, blind; what two see differently goes to a lead before anything leaves."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from applications import actions, figures
from applications.models import Application, Proposal, SecondReading
from applications.queries import differing, readings_for
from applications.rules import REQUIREMENTS
from certification.models import AuditEvent, Notice, Standard
from certification.steps import NotReady, record
from tests import factories
from tests.applications.cases import accept_all, ask, propose, refuse
from tests.racing import race

pytestmark = pytest.mark.django_db
S = Application.Status
ACCEPTED = dict.fromkeys(REQUIREMENTS, "accepted")
OTHER_ID = ACCEPTED | {"identity": "declined"}


def draw_all():
    day = timezone.localdate()
    key = "review.blind_second_percent"
    row = Standard(key=key, value="100", unit="percent", citation="", basis="text", effective_from=day)
    record(row, by=None, why="test")


@pytest.fixture
def drawn(pat):
    """A file that is read twice."""
    draw_all()
    return factories.filed_application(pat)


@pytest.fixture
def lou(db):
    return factories.staff("reviewer")


@pytest.fixture(autouse=True)
def signed_in_with_one_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


def decided(application, rae):
    """Claimed and all accepted; the approval is on its way."""
    actions.claim(application, by=rae)
    accept_all(application, rae)
    actions.propose(application, "approve", by=rae)
    return application


def read(application, by, marks=ACCEPTED):
    reading = actions.deal_second(by=by)
    assert reading.application == application
    actions.read_second(reading, marks, by=by, note="The photo is of somebody else.")
    return reading


def after(time_machine, **span):
    """Where the case stands when the clock has taken what may leave by then."""
    time_machine.move_to(timezone.now() + timedelta(**span), tick=False)
    actions.take_proposals()


def state(application):
    application.refresh_from_db()
    letters = Notice.objects.filter(recipient=application.person.user).exclude(name="application-submitted")
    return application.status, [letter.name for letter in letters]


# --- the lot -------------------------------------------------------------------------------------------------------
def test_the_lot_falls_as_often_as_the_standard_says(db):
    factories.filed_application(factories.person())
    assert not SecondReading.objects.exists()
    draw_all()
    filed = factories.filed_application(factories.person())
    assert SecondReading.objects.get().application == filed


def test_it_is_dealt_to_who_has_never_looked_into_the_file(drawn, rae, lee, lou):
    assert not readings_for(lou).exists()
    actions.claim(drawn, by=rae)
    assert not readings_for(rae).exists()
    actions.open_by_name(drawn, by=lee, reason="check")
    assert not readings_for(lee).exists()
    knows = factories.staff("reviewer")
    actions.hand_on(drawn, by=knows)
    assert not readings_for(knows).exists()
    assert actions.deal_second(by=lou).application == drawn
    assert actions.deal_second(by=lou).application == drawn
    assert actions.deal_second(by=factories.staff("reviewer")) is None


def test_who_marked_it_before_does_not_read_it_second(drawn, rae, lou):
    actions.claim(drawn, by=lou)
    refuse(drawn, "id-unreadable", lou)
    actions.release(drawn, by=lou)
    actions.claim(drawn, by=rae)
    assert not readings_for(lou).exists()


def test_the_second_reader_never_becomes_the_first(drawn, rae, lou):
    actions.claim(drawn, by=rae)
    actions.deal_second(by=lou)
    actions.release(drawn, by=rae)
    assert actions.deal(by=lou) is None
    with pytest.raises(NotReady, match="second reader"):
        actions.claim(drawn, by=lou)


def test_only_who_reviews_reads_second(drawn, rae):
    actions.claim(drawn, by=rae)
    with pytest.raises(PermissionDenied):
        actions.deal_second(by=factories.staff("training desk"))


# --- what leaves, and when -----------------------------------------------------------------------------------------
def test_where_both_agree_the_letter_leaves_as_always(drawn, rae, lou, time_machine):
    actions.claim(drawn, by=rae)
    read(drawn, lou)
    accept_all(drawn, rae)
    actions.propose(drawn, "approve", by=rae)
    after(time_machine, seconds=61)
    assert state(drawn) == (S.APPROVED, ["application-approved"])


def test_a_decision_waits_for_the_second_reader(drawn, rae, lou, time_machine):
    decided(drawn, rae)
    after(time_machine, days=1)
    assert state(drawn) == (S.IN_REVIEW, [])
    read(drawn, lou)
    after(time_machine, seconds=1)
    assert state(drawn) == (S.APPROVED, ["application-approved"])


def test_for_a_second_reader_nobody_waits_beyond_the_day_the_review_is_due(drawn, rae, time_machine):
    decided(drawn, rae)
    days = drawn.standards.application_review_days
    after(time_machine, days=days - 1)
    assert state(drawn)[0] == S.IN_REVIEW
    after(time_machine, days=1)
    assert state(drawn) == (S.APPROVED, ["application-approved"])


def test_what_two_see_differently_waits_for_a_lead_however_long(drawn, rae, lou, lee, time_machine):
    decided(drawn, rae)
    read(drawn, lou, OTHER_ID)
    after(time_machine, days=100)
    assert state(drawn) == (S.IN_REVIEW, [])
    assert list(differing(lee)) == [drawn]
    actions.settle(drawn, first_stands=True, by=lee)
    after(time_machine, seconds=1)
    assert state(drawn) == (S.APPROVED, ["application-approved"])
    assert not differing(lee).exists()


def test_sent_back_it_lies_as_before_and_the_next_decision_leaves(drawn, rae, lou, lee, time_machine):
    decided(drawn, rae)
    read(drawn, lou, OTHER_ID)
    actions.settle(drawn, first_stands=False, by=lee)
    after(time_machine, days=1)
    assert state(drawn) == (S.IN_REVIEW, [])
    assert not Proposal.objects.exists()
    actions.propose(drawn, "approve", by=rae)
    after(time_machine, seconds=61)
    assert state(drawn) == (S.APPROVED, ["application-approved"])
    reading = SecondReading.objects.get()
    assert (reading.agrees, reading.first_stands) == (False, False)


def test_what_is_undone_waits_for_nobody(drawn, rae, lou, lee, time_machine):
    decided(drawn, rae)
    read(drawn, lou, OTHER_ID)
    actions.undo(drawn, by=rae)
    assert not differing(lee).exists()
    with pytest.raises(NotReady, match="Nothing is read differently"):
        actions.settle(drawn, first_stands=True, by=lee)
    refuse(drawn, "id-other-person", rae)
    actions.propose_denial(drawn, by=rae, grounds="It is somebody else.")
    assert SecondReading.objects.get().agrees


def test_a_denial_waits_like_any_other_decision(drawn, rae, lou, lee, time_machine):
    actions.claim(drawn, by=rae)
    accept_all(drawn, rae)
    propose(drawn, rae)
    actions.propose(drawn, "deny", by=lee)
    after(time_machine, days=1)
    assert state(drawn) == (S.IN_REVIEW, [])
    read(drawn, lou)
    after(time_machine, seconds=1)
    assert state(drawn) == (S.IN_REVIEW, [])
    actions.settle(drawn, first_stands=False, by=lee)
    assert drawn.denials.get().agreed is False
    after(time_machine, days=1)
    assert state(drawn) == (S.IN_REVIEW, [])


def test_once_more_is_asked_there_is_nothing_to_compare(drawn, rae, lou, time_machine):
    actions.claim(drawn, by=rae)
    reading = actions.deal_second(by=lou)
    ask(drawn, rae)
    assert actions.deal_second(by=lou) is None
    with pytest.raises(NotReady, match="not in its first review"):
        actions.read_second(reading, ACCEPTED, by=lou)


def test_who_withdraws_is_held_by_nothing(drawn, rae, lou, lee):
    decided(drawn, rae)
    read(drawn, lou, OTHER_ID)
    actions.withdraw(drawn, by=drawn.person.user)
    assert not differing(lee).exists()
    with pytest.raises(NotReady, match="Nothing is read differently"):
        actions.settle(drawn, first_stands=True, by=lee)


# --- who reads, who settles ----------------------------------------------------------------------------------------
def test_neither_reader_settles(drawn, lee, lou):
    other_lead = factories.staff("lead reviewer")
    decided(drawn, lee)
    read(drawn, other_lead, OTHER_ID)
    for reader in (lee, other_lead):
        assert not differing(reader).exists()
        with pytest.raises(NotReady, match="one of the two"):
            actions.settle(drawn, first_stands=True, by=reader)
    with pytest.raises(PermissionDenied):
        actions.settle(drawn, first_stands=True, by=lou)


def test_a_reading_is_done_once_by_its_reader(drawn, rae, lou):
    actions.claim(drawn, by=rae)
    reading = read(drawn, lou)
    for by, why in ((lou, "have read"), (factories.staff("reviewer"), "not dealt")):
        with pytest.raises(NotReady, match=why):
            actions.read_second(reading, OTHER_ID, by=by)
    reading.refresh_from_db()
    assert reading.marks == ACCEPTED


def test_who_opens_the_file_otherwise_reads_it_no_more(drawn, rae, lou):
    actions.claim(drawn, by=rae)
    reading = actions.deal_second(by=lou)
    actions.open_by_name(drawn, by=lou, reason="asked")
    with pytest.raises(NotReady, match="not dealt"):
        actions.read_second(reading, ACCEPTED, by=lou)
    assert actions.deal_second(by=factories.staff("reviewer")) == reading


def test_of_who_is_away_somebody_else_reads(drawn, rae, lou, lee):
    actions.claim(drawn, by=rae)
    reading = actions.deal_second(by=lou)
    actions.return_all(lou, by=lee)
    assert actions.deal_second(by=factories.staff("reviewer")) == reading


@pytest.mark.usefixtures("connections_end")
@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_get_different_files():
    draw_all()
    rae, readers = factories.staff("reviewer"), [factories.staff("reviewer") for _each in range(8)]
    for _each in range(4):
        actions.claim(factories.filed_application(factories.person()), by=rae)
    race([lambda by=by: actions.deal_second(by=by) for by in readers])
    got = [reading.reader_id for reading in SecondReading.objects.exclude(reader=None)]
    assert len(got) == len(set(got))
    for by in readers:
        actions.deal_second(by=by)
    assert not SecondReading.objects.filter(reader=None).exists()


@pytest.mark.usefixtures("connections_end")
@pytest.mark.django_db(transaction=True)
def test_a_reading_that_differs_is_never_overtaken_by_the_letter():
    draw_all()
    rae, lou = factories.staff("reviewer"), factories.staff("reviewer")
    for _each in range(5):
        application = decided(factories.filed_application(factories.person()), rae)
        Proposal.objects.update(at=timezone.now() - timedelta(hours=1))
        reading = actions.deal_second(by=lou)
        race([actions.take_proposals, partial(actions.read_second, reading, OTHER_ID, by=lou)] * 4)
        actions.take_proposals()
        assert state(application) == (S.IN_REVIEW, [])


# --- on the screen -------------------------------------------------------------------------------------------------
def url(name, application=None):
    return reverse(f"admin:applications_application_{name}", args=[application.pk] if application else [])


def test_the_second_reader_sees_the_file_and_nothing_of_the_first_reading(client, drawn, rae, lou):
    actions.claim(drawn, by=rae)
    refuse(drawn, "id-other-person", rae, note="Not the same face.")
    client.force_login(lou)
    assert f'action="{url("next_second")}"' in client.get(reverse("admin:index")).content.decode()
    assert client.post(url("next_second"))["Location"] == url("second", drawn)
    page = client.get(url("second", drawn)).content.decode()
    assert "Pat" in page
    assert str(REQUIREMENTS["identity"].question) in page
    for told in (rae.email, "Not the same face.", "id-other-person"):
        assert told not in page
    assert AuditEvent.objects.filter(action="opened case", actor_id=lou.pk).exists()
    assert "Checklist" not in client.get(url("change", drawn)).content.decode()


def test_a_reading_is_kept_when_every_line_is_marked(client, drawn, rae, lou):
    actions.claim(drawn, by=rae)
    client.force_login(lou)
    client.post(url("next_second"))
    marks = OTHER_ID | {"note": "Somebody else."}
    missing = {kind: mark for kind, mark in marks.items() if kind != "age"}
    for wrong in ({}, missing, marks | {"age": "waiting"}, marks | {"note": "x" * 1001}):
        assert client.post(url("second", drawn), wrong).status_code == 200
        assert SecondReading.objects.get().read_at is None
    assert client.post(url("second", drawn), marks)["Location"] == reverse("admin:index")
    reading = SecondReading.objects.get()
    assert (reading.marks, reading.note, reading.reader) == (OTHER_ID, "Somebody else.", lou)
    assert client.get(url("second", drawn))["Location"] == reverse("admin:index")


def test_the_reviewer_is_told_why_the_letter_waits_and_nothing_before(client, drawn, rae):
    actions.claim(drawn, by=rae)
    accept_all(drawn, rae)
    client.force_login(rae)
    assert "drawn by lot" not in client.get(url("change", drawn)).content.decode()
    actions.propose(drawn, "approve", by=rae)
    assert "drawn by lot" in client.get(url("change", drawn)).content.decode()


def test_a_lead_settles_on_the_page_of_the_case(client, drawn, rae, lou, lee):
    decided(drawn, rae)
    read(drawn, lou, OTHER_ID)
    client.force_login(lee)
    assert url("change", drawn) in client.get(url("changelist"), {"whose": "differing"}).content.decode()
    page = client.get(url("change", drawn)).content.decode()
    for told in ("Read differently by two", "The photo is of somebody else.", "Photo ID", url("settle", drawn)):
        assert told in page
    client.post(url("settle", drawn), {"again": "1"})
    client.force_login(rae)
    page = client.get(url("change", drawn)).content.decode()
    assert "Read differently by two" in page
    assert url("settle", drawn) not in page


# --- how well we agree ---------------------------------------------------------------------------------------------
def test_kappa_is_the_agreement_beyond_chance():
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert figures.kappa(pairs) == pytest.approx(0.4)
    assert figures.kappa([("yes", "yes"), ("no", "no")]) == 1
    assert figures.kappa([("yes", "no"), ("no", "yes")]) == -1
    assert figures.kappa([("yes", "yes")]) is None
    assert figures.kappa([]) is None


def test_the_lead_sees_how_often_two_agree(client, drawn, rae, lou, lee):
    assert figures.agreement() == figures.Agreement(0, 0, 0, None)
    decided(drawn, rae)
    read(drawn, lou, OTHER_ID)
    lines = len(REQUIREMENTS)
    assert figures.agreement() == figures.Agreement(1, lines, round(100 * (lines - 1) / lines), 0)
    client.force_login(lee)
    page = client.get(url("figures")).content.decode()
    assert "Do two of us see the same?" in page
    assert "0.00" in page
