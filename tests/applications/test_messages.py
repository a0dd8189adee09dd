"""What a person and the office say to each other: either side begins, nothing is lost or said twice, and an answer is due."""

import uuid
from datetime import date, datetime, time, timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from applications import actions, queries
from applications.models import Message
from certification.cards import home_of
from certification.models import AuditEvent, Notice, Person, Standard
from certification.notices import deliver
from certification.signing import signed
from certification.staff import queues_for
from certification.steps import NotReady, record
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/messages/"
K = Message.Kind


@pytest.fixture(autouse=True)
def signed_in_with_one_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


def asks(person, text="When do you look at it?"):
    return actions.write_to_office(person, text, mark=uuid.uuid4())


def answers(person, by, text="Next week.", **details):
    newest = person.messages.order_by("pk").last()
    details = {"mark": uuid.uuid4(), "seen": newest and newest.pk} | details
    return actions.write_to_person(person, text, by=by, **details)


def settles(person, by, reason="nothing_asked", **details):
    newest = person.messages.order_by("pk").last()
    details = {"mark": uuid.uuid4(), "seen": newest and newest.pk} | details
    return actions.need_no_answer(person, reason, by=by, **details)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def form_of(client, page=PAGE, name="form"):
    """What the form on the page sends by itself."""
    context = client.get(page).context
    newest = context["said"][-1].pk if context["said"] else ""
    return {"mark": str(context[name]["mark"].value()), "seen": newest}


def at_desk(name, person):
    return reverse(f"admin:applications_thread_{name}", args=[person.pk])


def waiting_for(by):
    return queries.threads_to_answer(queries.threads_for(by))


def letters(person):
    return Notice.objects.filter(recipient=person.user, name="message-received")


def seen_by(client, page=PAGE):
    return client.get(page).content.decode()


# --- the person ----------------------------------------------------------------------------------------------------
def test_a_question_and_its_answer(client, filed, rae):
    pat = signed_in(filed.person.user)
    sent = pat.post(PAGE, form_of(pat) | {"text": "Is my diploma <fine>?"}, follow=True)
    assert sent.redirect_chain == [(PAGE, 302)]
    page = sent.content.decode()
    assert "We have your message" in page
    assert "Is my diploma &lt;fine&gt;?" in page
    desk = signed_in(rae)
    assert "Is my diploma &lt;fine&gt;?" in seen_by(desk, at_desk("change", filed.person))
    written = form_of(desk, at_desk("change", filed.person), "text") | {"text": "It is."}
    assert desk.post(at_desk("reply", filed.person), written).status_code == 302
    page = seen_by(pat)
    assert page.index("Is my diploma") < page.index("It is.")
    assert "Certification office" in page
    assert rae.email not in page
    assert not Message.objects.waiting().exists()


def test_nothing_said_is_lost_when_it_cannot_be_sent(filed):
    pat = signed_in(filed.person.user)
    for text, why in ((" ", "Fill this in."), ("x" * 2001, "at most 2000")):
        sent = pat.post(PAGE, form_of(pat) | {"text": text})
        assert sent.status_code == 200
        assert why in sent.content.decode()
        assert text.strip() in sent.content.decode()
    assert not Message.objects.exists()


def test_a_new_line_is_one_letter(filed):
    pat = signed_in(filed.person.user)
    pat.post(PAGE, form_of(pat) | {"text": "a\r\n" * 999 + "bc"})
    assert Message.objects.get().body == "a\n" * 999 + "bc"


@pytest.mark.parametrize("mark", ["", "x", "\0", "9" * 400])
def test_a_mark_that_cannot_be_read_keeps_nobody_from_writing(filed, mark):
    pat = signed_in(filed.person.user)
    pat.post(PAGE, {"text": "Hello", "mark": mark})
    assert Message.objects.get().body == "Hello"


def test_the_same_words_from_one_form_are_one_message_and_other_words_another(filed):
    """A double click; then back in the browser, and something else is written into the old form."""
    pat = signed_in(filed.person.user)
    form = form_of(pat)
    for text in ("first", "first", "second", "second", "first"):
        assert pat.post(PAGE, form | {"text": text}).status_code == 302
    assert [message.body for message in Message.objects.order_by("pk")] == ["first", "second"]
    pat.post(PAGE, form_of(pat) | {"text": "first"})
    assert Message.objects.count() == 3


def test_nobody_floods_the_desk(filed, settings, time_machine):
    settings.MESSAGES_PER_DAY = 2
    pat, person = signed_in(filed.person.user), filed.person
    for text in ("one", "two"):
        asks(person, text)
    sent = pat.post(PAGE, form_of(pat) | {"text": "three, which took me an hour"})
    assert sent.status_code == 429
    assert "three, which took me an hour" in sent.content.decode()
    assert "write again tomorrow" in sent.content.decode()
    with pytest.raises(NotReady):
        asks(person, "three")
    asks(factories.person(), "of somebody else")
    time_machine.move_to(timezone.now() + timedelta(days=1, seconds=1))
    assert asks(person, "three")


def test_what_is_sent_again_is_no_message_too_many(filed, settings):
    settings.MESSAGES_PER_DAY = 1
    mark = uuid.uuid4()
    first, again = (actions.write_to_office(filed.person, "one", mark=mark) for _time in range(2))
    assert first == again


def test_a_draft_may_ask_and_stays_unseen(rae):
    person = record(Person(user=factories.user()), by=None, why="begin")  # as an application begins: without a name
    application = factories.draft(person, without=("ethics",), name={"given_name": "Nadia", "family_name": "Nowhere"})
    pat = signed_in(person.user)
    pat.post(PAGE, form_of(pat) | {"text": "Which diploma?"})
    desk = signed_in(rae)
    page = seen_by(desk, at_desk("change", person))
    assert "Which diploma?" in page
    assert "Nadia Nowhere" in page
    assert "Elm Street" not in page
    case = reverse("admin:applications_application_change", args=[application.pk])
    assert case not in page
    assert desk.get(case).status_code == 404


def test_who_never_began_an_application_is_told_how_to_reach_us(max):
    fresh = signed_in(factories.user())
    for answer in (fresh.get(PAGE, follow=True), fresh.post(PAGE, {"text": "Hello?"}, follow=True)):
        assert "call us" in answer.content.decode()
    assert not Message.objects.exists()


def test_everyone_reads_their_own(filed, max):
    asks(filed.person, "of pat")
    asks(max, "of max")
    assert "of pat" not in seen_by(signed_in(max.user))
    assert "of max" not in seen_by(signed_in(filed.person.user))
    assert Client().get(PAGE).status_code == 302


def test_the_home_says_what_is_unread_until_the_page_is_opened(filed, rae):
    person, pat = filed.person, signed_in(filed.person.user)

    def card():
        cards, _timeline = home_of(type(person.user).objects.get(pk=person.user.pk))
        return next((number, card.whose_move) for number, card in enumerate(cards) if card.title == "Messages")

    assert card()[1] == "nobody"
    asks(person)
    assert card()[1] == "us"
    answers(person, rae)
    assert card() == (0, "you")
    assert ">New<" in seen_by(pat)
    assert card()[1] == "nobody"
    assert ">New<" not in seen_by(pat)
    asks(person, "And then?")
    settles(person, rae)
    assert card()[1] == "nobody"


def test_the_page_says_where_what_is_not_for_reviewers_goes(filed):
    page = seen_by(signed_in(filed.person.user))
    for link in (reverse("exams:home"), "/complaints/#appeal", "/complaints/#complain"):
        assert f'href="{link}"' in page
    assert "no records of your treatment" in page


def test_the_tracker_leads_to_the_messages(filed):
    assert f'href="{PAGE}"' in seen_by(signed_in(filed.person.user), reverse("applications:apply"))


# --- the clock -----------------------------------------------------------------------------------------------------
def test_an_answer_is_due_in_business_days(filed, time_machine):
    """From the Wednesday before Thanksgiving: Thursday and Friday are holidays."""
    time_machine.move_to(timezone.make_aware(datetime(2026, 11, 25, 23, 59)), tick=False)
    assert asks(filed.person).answer_by == date(2026, 12, 2)


def test_the_day_is_counted_once_and_is_that_of_the_oldest_question(filed, rae, time_machine):
    first = asks(filed.person)
    time_machine.move_to(timezone.now() + timedelta(days=5))
    asks(filed.person, "Hello?")
    assert waiting_for(rae).get().answer_by == first.answer_by
    answers(filed.person, rae)
    assert not waiting_for(rae).exists()
    third = asks(filed.person, "Thank you. And then?")
    assert waiting_for(rae).get().answer_by == third.answer_by


def test_our_practice_is_not_said_to_be_a_rule(filed):
    pat = signed_in(filed.person.user)
    assert "We try to answer within 3 business days. That is our practice now" in seen_by(pat)
    days = Standard(
        key="messages.answer_days",
        value="2",
        unit="business days",
        citation="policy",
        basis="text",
        effective_from=timezone.localdate(),
    )
    record(days, by=None, why="set")
    page = seen_by(pat)
    assert "We answer within 2 business days." in page
    assert "practice" not in page


def test_a_question_is_late_the_day_after_its_day(filed, rae, time_machine):
    asked = asks(filed.person)
    pat = signed_in(filed.person.user)
    assert f"We try to answer by {date_format(asked.answer_by, 'DATE_FORMAT')}" in seen_by(pat)
    for moment, late in (
        (datetime.combine(asked.answer_by, time.max), 0),
        (datetime.combine(asked.answer_by + timedelta(days=1), time.min), 1),
    ):
        time_machine.move_to(timezone.make_aware(moment), tick=False)
        queue = next(queue for queue in queues_for(rae) if queue["label"] == "Messages to answer")
        assert (queue["waiting"], queue["overdue"]) == (1, late)
    assert "We are late" in seen_by(signed_in(filed.person.user))
    desk = signed_in(rae)
    assert '<span class="late">' in seen_by(desk, queue["url"])
    assert "was due" in seen_by(desk, at_desk("change", filed.person))


# --- the desk ------------------------------------------------------------------------------------------------------
def test_the_queue_is_one_row_a_person_the_longest_waiting_first(rae, time_machine):
    people = [factories.person("Pat", f"Doe{number}") for number in range(3)]
    for person in (people[2], people[0], people[1], people[2]):
        asks(person)
        time_machine.move_to(timezone.now() + timedelta(minutes=1))
    answers(people[1], rae)
    desk = signed_in(rae)
    assert list(waiting_for(rae).order_by("asked_at")) == [people[2], people[0]]
    shown = reverse("admin:applications_thread_changelist")
    page = seen_by(desk, shown)
    assert page.index("Doe2") < page.index("Doe0")
    assert "Doe1" not in page
    assert "Doe1" in seen_by(desk, f"{shown}?answer=all")
    assert "Doe0" not in seen_by(desk, f"{shown}?answer=overdue")


def test_staff_may_begin_where_a_case_was_sent_and_only_there(filed, rae):
    actions.open_by_name(filed, by=rae, reason="asked")
    desk = signed_in(rae)
    case = seen_by(desk, reverse("admin:applications_application_change", args=[filed.pk]))
    assert at_desk("change", filed.person) in case
    assert "Needs no answer" not in seen_by(desk, at_desk("change", filed.person))
    written = form_of(desk, at_desk("change", filed.person), "text") | {"text": "Which school was it?"}
    assert desk.post(at_desk("reply", filed.person), written).status_code == 302
    assert "Which school was it?" in seen_by(signed_in(filed.person.user))
    unsent = factories.draft(factories.person("Una", "Unsent"), without=("ethics",)).person
    assert desk.get(at_desk("change", unsent)).status_code == 404
    assert desk.post(at_desk("reply", unsent), {"text": "Hello"}).status_code == 404


def test_the_case_page_says_that_a_message_waits(filed, rae):
    actions.open_by_name(filed, by=rae, reason="asked")
    desk, case = signed_in(rae), reverse("admin:applications_application_change", args=[filed.pk])
    assert "One waits for an answer" not in seen_by(desk, case)
    asks(filed.person)
    assert "One waits for an answer" in seen_by(desk, case)


def test_nothing_needs_an_answer_for_a_reason_that_the_person_reads(filed, rae):
    desk, person = signed_in(rae), filed.person
    asks(person, "Thank you!")
    form = form_of(desk, at_desk("change", person), "reason")
    sent = desk.post(at_desk("no_answer", person), form | {"reason": ""})
    assert sent.status_code == 200
    assert "This field is required." in sent.content.decode()
    for _time in range(2):
        assert desk.post(at_desk("no_answer", person), form | {"reason": "spoken"}).status_code == 302
    entry = person.messages.get(kind=K.NO_ANSWER)
    assert (entry.author, entry.reason, entry.body) == (rae, "spoken", None)
    assert "We spoke by phone or in person." in seen_by(signed_in(person.user))
    assert not Message.objects.waiting().exists()
    assert not letters(person).exists()
    with pytest.raises(NotReady, match="No message waits"):
        settles(person, rae)


def test_the_second_to_answer_is_told_and_keeps_the_words(filed, rae, lee):
    asks(filed.person)
    first, second = signed_in(rae), signed_in(lee)
    page = at_desk("change", filed.person)
    forms = [form_of(client, page, "text") for client in (first, second)]
    assert first.post(at_desk("reply", filed.person), forms[0] | {"text": "Yes."}).status_code == 302
    sent = second.post(at_desk("reply", filed.person), forms[1] | {"text": "Long and kind words."})
    assert sent.status_code == 200
    said = sent.content.decode()
    assert f"{rae.email} has answered by now" in said
    assert "Long and kind words." in said
    assert [message.body for message in filed.person.messages.filter(kind=K.ANSWER)] == ["Yes."]
    newest = filed.person.messages.latest("pk").pk
    assert f'name="seen" value="{newest}"' in said
    again = forms[1] | {"seen": newest, "text": "Long and kind words."}
    assert second.post(at_desk("reply", filed.person), again).status_code == 302
    assert filed.person.messages.filter(kind=K.ANSWER).count() == 2


def test_nobody_answers_what_they_have_not_read(filed, rae):
    asks(filed.person)
    desk = signed_in(rae)
    form = form_of(desk, at_desk("change", filed.person), "text")
    asks(filed.person, "Forget it, I found it.")
    sent = desk.post(at_desk("reply", filed.person), form | {"text": "It is here."})
    assert "The person has written again." in sent.content.decode()
    assert not letters(filed.person).exists()


def test_the_desk_clicks_twice_and_says_it_once(filed, rae):
    desk = signed_in(rae)
    form = form_of(desk, at_desk("change", filed.person), "text") | {"text": "Hello."}
    for _time in range(2):
        assert desk.post(at_desk("reply", filed.person), form).status_code == 302
    assert Message.objects.count() == letters(filed.person).count() == 1


@pytest.mark.parametrize("seen", ["x", "-1", "\0", "9" * 5000, "1e3", "٣"])
def test_a_form_that_was_tampered_with_says_nothing(filed, rae, seen):
    asks(filed.person)
    sent = signed_in(rae).post(at_desk("reply", filed.person), {"text": "Hello", "seen": seen})
    assert sent.status_code == 200
    assert "Read it first" in sent.content.decode()


def test_opening_a_thread_is_audited(filed, rae):
    desk = signed_in(rae)
    desk.get(at_desk("change", filed.person))
    assert AuditEvent.objects.filter(
        actor_id=rae.pk, action="opened messages", subject=f"certification.person:{filed.person.pk}"
    ).exists()


# --- who may -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "role", ["training desk", "accommodation desk", "exam desk", "registrar", "finance", "reporting", "administrator"]
)
def test_other_desks_read_nothing(filed, role):
    asks(filed.person, "CANARY")
    member = factories.staff(role)
    desk = signed_in(member)
    assert desk.get(at_desk("change", filed.person)).status_code == 403
    assert desk.get(reverse("admin:applications_thread_changelist")).status_code == 403
    for name in ("reply", "no_answer"):
        assert desk.post(at_desk(name, filed.person), {"text": "x", "reason": "spoken"}).status_code == 403
    for act in (answers, settles):
        with pytest.raises(PermissionDenied):
            act(filed.person, member)


def test_nobody_of_staff_answers_themselves(rae):
    own = record(Person(user=rae, given_name="Rae", family_name="Own"), by=rae, why="begin")
    factories.filed_application(own)
    asks(own)
    desk = signed_in(rae)
    assert desk.get(at_desk("change", own)).status_code == 404
    for name in ("reply", "no_answer"):
        assert desk.post(at_desk(name, own), {"text": "x", "reason": "spoken"}).status_code == 404
    for act in (answers, settles):
        with pytest.raises(NotReady, match="your own"):
            act(own, rae)
    assert "Own" not in seen_by(desk, reverse("admin:applications_thread_changelist") + "?answer=all")
    assert not waiting_for(rae).exists()


def test_who_has_no_sign_in_is_not_written_to(rae):
    nobody = record(Person(given_name="No", family_name="Body"), by=None, why="from paper")
    assert signed_in(rae).get(at_desk("change", nobody)).status_code == 404


# --- the letter ----------------------------------------------------------------------------------------------------
def test_each_answer_sends_one_letter_without_its_words(filed, rae):
    person = filed.person
    asks(person, "QUESTION")
    assert not letters(person).exists()
    answers(person, rae, "ANSWER")
    answers(person, rae, "MORE")
    assert letters(person).count() == 2
    mail.outbox.clear()
    for letter in letters(person):
        deliver(letter.pk)
    assert len(mail.outbox) == 2
    for sent in mail.outbox:
        whole = f"{sent.subject}\n{sent.body}\n{sent.extra_headers}"
        assert PAGE in sent.body
        for word in ("QUESTION", "ANSWER", "MORE", rae.email):
            assert word not in whole


# --- what is kept --------------------------------------------------------------------------------------------------
def rewritten(message, **changes):
    with signed(None, "rewrite"):
        Message.objects.filter(pk=message.pk).update(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": b"x"},
        {"kind": "answer"},
        {"written_at": timezone.now()},
        {"answer_by": date(2030, 1, 1)},
        {"reason": "x"},
    ],
)
def test_what_was_said_is_never_changed(filed, changes):
    asked = asks(filed.person)
    with pytest.raises(DatabaseError), transaction.atomic():
        rewritten(asked, **changes)


def test_what_was_said_is_never_removed_and_never_unsigned(filed, rae):
    asked = asks(filed.person)
    with pytest.raises(DatabaseError, match="never removed"), transaction.atomic(), signed(None, "remove"):
        asked.delete()
    with pytest.raises(DatabaseError, match="unsigned write"), transaction.atomic():
        Message.objects.filter(pk=asked.pk).update(read_at=timezone.now())


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "question", "body": "x"},
        {"kind": "answer", "body": "x", "answer_by": date(2030, 1, 1)},
        {"kind": "answer"},
        {"kind": "no_answer"},
        {"kind": "no_answer", "reason": "spoken", "body": "x"},
        {"kind": "no_answer", "reason": "spoken", "read_at": timezone.now()},
    ],
)
def test_the_database_keeps_entries_whole(filed, rae, fields):
    with pytest.raises(IntegrityError), transaction.atomic(), signed(rae, "test"):
        Message.objects.create(person=filed.person, author=rae, once=uuid.uuid4(), **fields)


# --- how much it asks ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_ask_the_database_alike(filed, rae, rows):
    for number in range(rows):
        asks(filed.person, f"question {number}")
        answers(filed.person, rae, f"answer {number}")
        asks(factories.person("Pat", f"More{number}"))
    asked = {}
    for client, pages in (
        (signed_in(filed.person.user), [PAGE]),
        (signed_in(rae), [at_desk("change", filed.person), reverse("admin:applications_thread_changelist")]),
    ):
        for page in pages:
            client.get(page)
            with CaptureQueriesContext(connection) as queried:
                client.get(page)
            asked[page] = sum("SAVEPOINT" not in query["sql"] for query in queried)
    assert list(asked.values()) == [5, 6, 5]
