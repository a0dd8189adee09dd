"""A notice is queued once with the fact it reports, and reads as of the day it leaves."""

import threading
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes, policy
from smtplib import SMTPRecipientsRefused

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from certification import actions, notices
from certification.models import Notice
from certification.notices import deliver, notify, send_sign_in_mail


def queue(person, key="k"):
    return notify(person.user, "hold-ended", {"kind": "facts"}, key=key)


def test_the_same_key_queues_once(pat):
    assert queue(pat) == queue(pat)
    assert Notice.objects.count() == 1


def test_a_rolled_back_fact_leaves_no_notice(pat):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue(pat)
        raise ZeroDivisionError
    assert not Notice.objects.exists()


def test_it_is_handed_over_once_with_a_message_id_of_its_own(pat, mail_sink):
    notice = queue(pat)
    assert deliver(notice.pk)
    assert not deliver(notice.pk)
    (message,) = mail_sink.to(pat.user.email)
    assert f"<{notice.public_id}@".encode() in message.content


def test_dates_count_from_the_day_of_hand_over(pat, mail_sink):
    notice = notify(pat.user, "hold-ended", {"kind": "facts"}, key="k", periods={"until": {"months": 12}})
    assert notices.count_from(notice, months=12) is None
    with time_machine.travel("2028-02-29T20:00:00Z", tick=False):
        deliver(notice.pk)
    notice.refresh_from_db()
    assert notices.count_from(notice, months=12).isoformat() == "2029-02-28"


def test_a_bounce_stops_the_clock(pat, mail_sink):
    notice = queue(pat)
    deliver(notice.pk)
    Notice.objects.filter(pk=notice.pk).update(bounced_at=timezone.now())
    notice.refresh_from_db()
    assert notices.count_from(notice, days=30) is None


def test_an_address_that_is_refused_for_good_is_work_for_staff_and_one_refused_for_now_is_tried_again(pat, mail_sink):
    for answer, left in (("450 4.2.1 not now", 1), ("550 5.1.1 nobody here", 0)):
        mail_sink.refuses = answer
        notice = queue(pat)
        with suppress(SMTPRecipientsRefused):
            deliver(notice.pk)
        assert Notice.objects.unsent().count() == left
    notice.refresh_from_db()
    assert notice.bounced_at
    assert notice.body


@pytest.mark.parametrize("name", sorted(notices.READ_ON_THE_PAGE))
def test_a_letter_about_a_change_in_the_exam_goes_by_mail_as_a_link_only(pat, mail_sink, name):
    notice = notify(pat.user, name, {"decision": "Extra time for reading."}, key="k")
    deliver(notice.pk)
    (message,) = mail_sink.to(pat.user.email)
    mail = message_from_bytes(message.content, policy=policy.default)
    said = f"{mail['Subject']} {mail.get_content()}"
    assert f"/letters/{notice.public_id}/" in said
    assert "exam" not in said.lower()
    assert "Extra time" not in said
    notice.refresh_from_db()
    assert "exam" in notice.body


def test_what_was_said_cannot_be_unsaid(pat, mail_sink):
    notice = queue(pat)
    deliver(notice.pk)
    notice.refresh_from_db()
    for rewrite in ({"body": b"x"}, {"subject": b"x"}, {"key": "other"}, {"recipient": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Notice.objects.filter(pk=notice.pk).update(**rewrite)
    with pytest.raises(DatabaseError), transaction.atomic():
        notice.delete()


def test_sign_in_mail_is_emptied_when_it_is_sent(pat, mail_sink):
    notice = send_sign_in_mail("pat@example.org", "sign-in", {"subject": "Code", "body": "123456"}, language="en")
    deliver(notice.pk)
    notice.refresh_from_db()
    assert b"123456" in mail_sink.to("pat@example.org")[0].content
    assert (notice.body, notice.context, notice.address) == (None, {}, None)


def test_sign_in_mail_that_could_not_leave_is_emptied_when_it_is_too_old(pat):
    notice = send_sign_in_mail("pat@example.org", "sign-in", {"subject": "Code", "body": "123456"}, language="en")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        actions.empty_late_mail()
    notice.refresh_from_db()
    assert notice.handed_over_at
    assert notice.context == {}


@pytest.mark.django_db(transaction=True)
def test_a_dead_mail_server_loses_nothing_and_the_sweep_makes_up(pat, mail_sink, settings):
    first, port = queue(pat), settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        actions.send_unsent()
        assert Notice.objects.unsent().count() == 1
        settings.EMAIL_PORT = port
        actions.send_unsent()
    first.refresh_from_db()
    assert first.handed_over_at
    assert len(mail_sink.to(pat.user.email)) == 1


def test_a_sweep_leaves_to_the_next_what_it_has_no_time_for(pat, mail_sink):
    for key in "ab":
        queue(pat, key)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        actions.send_unsent(lasts=timedelta())
    assert Notice.objects.unsent().count() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_send_one_mail(pat, mail_sink):
    notice = queue(pat)
    barrier, answers = threading.Barrier(4), []

    def worker():
        barrier.wait()
        answers.append(deliver(notice.pk))
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [False, False, False, True]
    assert len(mail_sink.to(pat.user.email)) == 1


@pytest.mark.django_db(transaction=True)
def test_writers_that_race_queue_one_notice(pat):
    barrier = threading.Barrier(4)

    def writer():
        barrier.wait()
        with transaction.atomic():
            queue(pat)
        connection.close()

    threads = [threading.Thread(target=writer) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert Notice.objects.count() == 1
