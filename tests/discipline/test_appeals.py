"""An appeal: from the letter, by its recipient, once, in time or late with a reason."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from certification.models import Notice, Standard
from certification.notices import deliver, notify
from certification.standards import standards_on
from certification.steps import record
from discipline import actions, queries, rules
from discipline.models import Appeal
from tests import factories

HOLD = {"kind": "facts", "review_on": "2027-01-15"}


@pytest.fixture
def notice(pat):
    return told(pat)


def told(person, key="hold-opened:1"):
    notice = notify(person.user, "hold-opened", HOLD, key=key)
    deliver(notice.pk)
    notice.refresh_from_db()
    return notice


def page(notice):
    return reverse("discipline:appeal", args=[notice.public_id])


@pytest.fixture
def a_deadline_in_force(db):
    record(
        Standard(
            key="appeal.filing_days",
            value="30",
            unit="days",
            citation="program rule",
            basis="text",
            effective_from=timezone.localdate(),
        ),
        by=None,
        why="set",
    )


def test_the_recipient_appeals(client, notice):
    client.force_login(notice.recipient)
    assert "Something must" not in client.get(page(notice)).content.decode()
    assert client.post(page(notice), {"text": "The diploma is mine."}).status_code == 302
    appeal = Appeal.objects.get()
    assert appeal.text == "The diploma is mine."
    assert appeal.filed_at
    assert Notice.objects.filter(name="appeal-filed", recipient=notice.recipient).count() == 1
    assert "The diploma is mine." in client.get(page(notice)).content.decode()


def test_an_appeal_sent_twice_is_one(client, notice):
    client.force_login(notice.recipient)
    for text in ("first", "second"):
        client.post(page(notice), {"text": text})
        actions.file_appeal(notice, by=notice.recipient, text=text)
    assert Appeal.objects.get().text == "first"
    assert Notice.objects.filter(name="appeal-filed").count() == 1


def test_an_empty_appeal_says_so_at_the_field(client, notice):
    client.force_login(notice.recipient)
    response = client.post(page(notice), {"text": " "})
    assert response.status_code == 200
    assert response.context["form"].errors["text"]


def test_nobody_else_finds_the_page(client, notice, max, lee):
    for user in (max.user, lee):
        client.force_login(user)
        assert client.get(page(notice)).status_code in (302, 404)
        assert client.post(page(notice), {"text": "mine"}).status_code in (302, 404)
    assert not Appeal.objects.exists()


def test_a_letter_that_is_good_news_is_not_appealed(client, pat):
    notice = notify(pat.user, "hold-ended", {"kind": "facts"}, key="hold-ended:1")
    client.force_login(pat.user)
    assert client.get(page(notice)).status_code == 404


def test_an_assumed_time_is_never_said_and_never_late(client, notice):
    assert not re.search(r"\b30\b", notice.body)
    assert "ask us how long you have" in notice.body
    Notice.objects.filter(pk=notice.pk).update(handed_over_at=timezone.localtime() - timedelta(days=900))
    notice.refresh_from_db()
    assert not rules.is_late(notice)


def test_a_time_in_force_is_said_and_a_late_appeal_needs_a_reason(client, a_deadline_in_force, pat):
    notice = told(pat)
    assert "send it by" in notice.body
    Notice.objects.filter(pk=notice.pk).update(handed_over_at=timezone.localtime() - timedelta(days=31))
    client.force_login(pat.user)
    assert client.post(page(notice), {"text": "Please look again."}).status_code == 200
    assert not Appeal.objects.exists()
    client.post(page(notice), {"text": "Please look again.", "late_reason": "I was in hospital."})
    assert Appeal.objects.get().late_reason == "I was in hospital."


def test_a_result_may_be_looked_at_again(client, pat):
    notice = notify(pat.user, "exam-failed", {"sat_on": "2026-01-05", "left": 2}, key="exam-failed:1")
    client.force_login(pat.user)
    client.post(page(notice), {"text": "The fire alarm rang."})
    assert Appeal.objects.get().notice == notice


def test_an_appeal_is_late_the_day_after_its_last_day(client, notice, time_machine):
    actions.file_appeal(notice, by=notice.recipient, text="Please look again.")
    last = rules.decide_by(Appeal.objects.get())
    days = (last - timezone.localdate()).days
    for moment, late in (
        (datetime.combine(last, time.max), 0),
        (datetime.combine(last + timedelta(days=1), time.min), 1),
    ):
        time_machine.move_to(timezone.make_aware(moment), tick=False)
        assert queries.overdue(Appeal.objects.all(), days).count() == late


def test_an_answer_is_promised_by_no_day_that_is_only_assumed(client, notice):
    client.force_login(notice.recipient)
    client.post(page(notice), {"text": "Please look again."})
    appeal = Appeal.objects.get()
    day = date_format(rules.decide_by(appeal), "DATE_FORMAT")
    assumed = standards_on(timezone.localdate()).is_assumed("appeal_decide_days")
    assert (day in client.get(page(notice)).content.decode()) is not assumed


def test_the_last_day_still_counts(a_deadline_in_force, pat):
    notice = told(pat)
    Notice.objects.filter(pk=notice.pk).update(handed_over_at=timezone.localtime() - timedelta(days=30))
    notice.refresh_from_db()
    assert not rules.is_late(notice)


def test_an_appeal_brings_its_paper(client, notice):
    client.force_login(notice.recipient)
    client.post(page(notice), {"text": "See the paper.", "file": factories.picture()})
    assert Appeal.objects.get().document.kind == "appeal"


def test_appeals_wait_in_the_queue_of_the_lead_reviewer(client, settings, notice, lee, rae):
    settings.SECOND_FACTOR_FOR_STAFF = False
    appeal = actions.file_appeal(notice, by=notice.recipient, text="Please look again.")
    client.force_login(lee)
    queue = next(queue for queue in client.get(reverse("admin:index")).context["queues"] if queue["label"] == "Appeals")
    assert queue["waiting"] == 1
    assert client.get(queue["url"]).status_code == 200
    change = reverse("admin:discipline_appeal_change", args=[appeal.pk])
    assert "Please look again." in client.get(change).content.decode()
    client.force_login(rae)
    assert client.get(change).status_code == 403


def test_the_text_is_sealed(notice):
    from django.db import connection

    actions.file_appeal(notice, by=notice.recipient, text="CANARY")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM discipline_appeal")
        assert b"CANARY" not in bytes(cursor.fetchone()[0])
