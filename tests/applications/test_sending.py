"""A paper that comes later, or from somebody else: what the person sees, what the other learns, and what the link opens."""

import logging
import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import actions
from applications.models import UploadLink
from applications.rules import page_named
from certification import notices
from certification.actions import empty_late_mail, send_unsent
from certification.models import AuditEvent, Document, Notice
from certification.standards import standards_on
from certification.steps import NotReady, Refused, WrongState
from tests import factories
from tests.applications.cases import ask as ask_for_more
from tests.applications.cases import hand_over, letters
from tests.racing import race
from tests.watch.test_secrets import dump, found_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]

SCHOOL = "registrar@school.example"
EDUCATION, IDENTITY = page_named("education"), page_named("identity")
# What nobody learns from us who was only asked for a paper.
TELLING = re.compile(r"peer|lived|recover|mental|addict|substance|behavioral|medi-cal|compañer|recuper|adiccion", re.I)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def pats(pat):
    return signed_in(pat.user)


@pytest.fixture
def draft(pat):
    return factories.draft(pat, without=("education",))


@pytest.fixture
def asked(draft):
    """A link for the diploma, and its token."""
    return asked_for(draft)


def asked_for(application, page=EDUCATION, address=SCHOOL, language="en"):
    link = actions.ask_other(application, page, address, language=language, by=application.person.user)
    return link, mail_of(link).context["values"]["token"]


def mail_of(link):
    return Notice.objects.get(key=f"document-asked:{link.pk}")


def address_of(token):
    return reverse("applications:upload", args=[token])


def ask_page(slug="education"):
    return reverse("applications:ask", args=[slug])


def page(slug):
    return reverse("applications:page", args=[slug])


def task_list(client):
    return client.get(reverse("applications:apply")).content.decode()


def send(token, file=None, client=None):
    return (client or Client()).post(address_of(token), {"file": file or factories.picture()})


def kept(application, slug="education"):
    return application.draft_pages.get(page=slug).answers


# --- later ---------------------------------------------------------------------------------------------------------
def test_a_paper_may_come_later_and_the_task_list_says_so(pats, draft):
    said = pats.post(page("education"), {"later": "yes", "kind": "college"})
    assert said.url == reverse("applications:apply")
    assert "You said you will send this later." in task_list(pats)
    assert kept(draft) == {"kind": "college", "name_on_it": "", "document": None, "later": True}
    assert pats.post(reverse("applications:pay")).url == reverse("applications:check")


def test_who_sends_it_later_goes_on_with_the_next_page(pats, pat):
    draft = factories.draft(pat, without=("identity", "attestations"))
    assert pats.post(page("identity"), {"later": "yes", "issuer": "Peru", "expires_on_day": "x"}).url == page(
        "attestations"
    )
    assert kept(draft, "identity")["issuer"] == "Peru"
    summary = pats.get(reverse("applications:check")).content.decode()
    assert "Peru" in summary
    assert "It has no expiry date" not in summary
    assert pats.post(page("contact"), {"no_fixed_address": "on", "county": "06067", "language": "en"}).url == page(
        "attestations"
    )


def test_a_paper_that_comes_after_all_takes_the_mark_away(pats, draft):
    pats.post(page("education"), {"later": "yes", "kind": "college"})
    pats.post(page("education"), {"kind": "college", "file": factories.picture()})
    assert "later" not in kept(draft)
    assert "You said you will send this later." not in task_list(pats)


def test_later_with_a_file_is_now(pats, draft):
    pats.post(page("education"), {"later": "yes", "file": factories.picture()})
    assert kept(draft)["document"] == Document.objects.get(owner=draft.person, kind="education").pk
    assert "You said you will send this later." not in task_list(pats)


def test_a_page_without_a_paper_is_never_left_for_later(pats, pat):
    factories.draft(pat, without=("name", "ethics"))
    assert pats.post(page("name"), {"later": "yes"}).status_code == 200


# --- what the other learns -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_person_sees_the_message_first_and_it_goes_out_as_they_saw_it(pats, draft, mail_sink, language):
    typed = {"address": SCHOOL, "language": language}
    shown = pats.post(ask_page(), typed)
    assert not UploadLink.objects.exists()
    letter = shown.context["letter"]
    assert pats.post(ask_page(), typed | {"send": "yes"}).url == reverse("applications:apply")
    notices.deliver(mail_of(UploadLink.objects.get()).pk)
    (message,) = mail_sink.to(SCHOOL)
    mail = message_from_bytes(message.content, policy=policy.default)
    said = re.sub(r"https?://\S+", "", mail.get_content()).split()
    assert mail["Subject"] == letter["subject"]
    assert said == re.sub(r"\(Here stands the link\.\)|\(Aquí está el enlace\.\)", "", letter["body"]).split()
    assert "Pat Doe" in letter["subject"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_neither_mail_nor_page_tells_what_the_person_applies_for(draft, mail_sink, language, client):
    link, token = asked_for(draft, language=language)
    notices.deliver(mail_of(link).pk)
    (message,) = mail_sink.to(SCHOOL)
    mail = message_from_bytes(message.content, policy=policy.default)
    written = f"{mail['From'].addresses[0].display_name} {mail['Subject']} {mail.get_content()}"
    address = re.search(r"https?://[^/\s]+(/\S+)", written)[1]
    assert address == ("/es" if language == "es" else "") + f"/paper/{token}/"
    pages = [client.get(address), client.post(address), send(token, client=client), client.get(address)]
    assert [answer.status_code for answer in pages] == [200, 200, 200, 404]
    assert "Pat Doe" in pages[0].content.decode()
    for text in (written, *(answer.content.decode() for answer in pages)):
        assert not TELLING.search(text), TELLING.search(text)


def test_the_page_asks_nobody_who_they_are_and_is_kept_nowhere(asked):
    _link, token = asked
    stranger = Client(enforce_csrf_checks=True)
    shown = stranger.get(address_of(token))
    assert "no-store" in shown["Cache-Control"]
    assert "noindex" in shown["X-Robots-Tag"]
    assert shown["Referrer-Policy"] == "no-referrer"
    assert send(token, client=stranger).status_code == 200
    assert not stranger.cookies


def test_a_name_that_a_mail_program_would_make_a_link_of_is_not_mailed(pats, pat):
    draft = factories.draft(pat, without=("education", "ethics"), name={"family_name": "Win at prize.example/now"})
    with pytest.raises(NotReady, match="cannot send by e-mail"):
        asked_for(draft)
    assert "cannot send by e-mail" in pats.get(ask_page()).content.decode()
    assert not Notice.objects.filter(name="document-asked").exists()


def test_who_has_no_name_yet_is_told_to_write_it_first(pats, pat):
    factories.draft(pat, without=("name", "education", "ethics"))
    assert "First write your name." in pats.post(ask_page(), {"address": SCHOOL, "language": "en"}).content.decode()


# --- asking --------------------------------------------------------------------------------------------------------
def test_the_task_list_and_the_page_say_who_was_asked_and_a_click_ends_it(pats, asked):
    link, token = asked
    assert "You asked somebody to send this." in task_list(pats)
    for told in (pats.get(page("education")), pats.get(ask_page())):
        assert SCHOOL in told.content.decode()
    pats.post(reverse("applications:ask_no_longer", args=["education"]))
    assert "You asked somebody to send this." not in task_list(pats)
    assert send(token).status_code == 404
    link.refresh_from_db()
    assert (link.address, link.document) == (None, None)


def test_a_double_click_asks_once_and_nobody_else_is_asked_meanwhile(pats, draft):
    typed = {"address": SCHOOL, "language": "en", "send": "yes"}
    pats.post(ask_page(), typed)
    pats.post(ask_page(), typed)
    assert asked_for(draft)[0] == UploadLink.objects.get()
    with pytest.raises(WrongState, match="asked somebody already"):
        asked_for(draft, address="other@school.example")
    assert Notice.objects.filter(name="document-asked").count() == 1


def test_nobody_asks_themself(pats, draft):
    answer = pats.post(ask_page(), {"address": draft.person.user.email.upper(), "language": "en"})
    assert "address" in answer.context["form"].errors


def test_one_person_asks_so_many_a_day_whatever_they_end_or_begin_anew(pat, settings):
    settings.UPLOAD_LINKS_PER_DAY = 2
    for _time in range(2):
        draft = factories.draft(pat, without=("education",))
        asked_for(draft)
        actions.withdraw(draft, by=pat.user)
    again = factories.draft(pat, without=("education",))
    with pytest.raises(NotReady, match="many people today"):
        asked_for(again)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert asked_for(again)


def test_a_message_that_did_not_arrive_is_told(pats, asked, mail_sink):
    link, _token = asked
    mail_sink.refuses = "550 5.1.1 nobody here"
    notices.deliver(mail_of(link).pk)
    assert "The message did not arrive" in pats.get(ask_page()).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_lost_worker_and_a_mail_server_that_is_away_for_a_day_lose_nothing(asked, mail_sink, settings):
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    for hours, there in ((1, 1), (24, port)):
        settings.EMAIL_PORT = there
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            empty_late_mail()
            send_unsent()
    assert len(mail_sink.to(SCHOOL)) == 1


def test_a_mail_that_comes_after_the_link_has_ended_does_not_leave(asked, mail_sink):
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        empty_late_mail()
        send_unsent()
    assert mail_sink.to(SCHOOL) == []


@pytest.mark.parametrize("slug", ["name", "nothing"])
def test_only_a_page_that_takes_a_paper_can_be_asked_for(pats, draft, slug):
    assert pats.get(ask_page(slug)).status_code == 404
    assert pats.post(reverse("applications:ask_no_longer", args=[slug])).status_code == 404


def test_nobody_asks_for_or_ends_what_is_another_s(asked, max):
    stranger = signed_in(max.user)
    assert stranger.get(ask_page()).status_code == 404
    assert stranger.post(reverse("applications:ask_no_longer", args=["education"])).status_code == 404
    factories.draft(max, without=("education",))
    stranger.post(reverse("applications:ask_no_longer", args=["education"]))
    assert UploadLink.objects.open().get() == asked[0]


# --- sending -------------------------------------------------------------------------------------------------------
def test_what_the_other_sends_lands_in_the_application_and_the_person_is_told(pats, draft, asked):
    link, token = asked
    assert send(token).status_code == 200
    link.refresh_from_db()
    document = link.document
    assert (document.owner, document.kind, document.uploaded_by) == (draft.person, Document.Kind.EDUCATION, None)
    assert kept(draft)["document"] == document.pk
    (letter,) = letters(draft, "document-arrived")
    hand_over(letter)
    assert "Diploma" in letter.body
    assert not re.search(r"lived|recover", letter.body, re.I)
    shown = pats.get(page("education")).content.decode()
    assert f"It came from {SCHOOL}, whom you asked." in shown
    assert pats.get(reverse("certification:document", args=[document.public_id])).status_code == 200


def test_a_link_works_once_and_afterwards_as_little_as_one_that_never_was(asked, client):
    _link, token = asked
    unknown = client.get(address_of("x" * 43))
    assert send(token).status_code == 200
    for used in (client.get(address_of(token)), send(token, client=client), client.get(address_of(token) + "?x=1")):
        assert (used.status_code, used.headers["Content-Type"]) == (404, unknown.headers["Content-Type"])
        assert without_token(used) == without_token(unknown)
    assert Document.objects.filter(kind="education").count() == 1


def without_token(answer):
    return re.sub(r'/paper/[^"]*"', '"', answer.content.decode())


def test_a_refused_file_leaves_the_link_as_it_was(asked):
    _link, token = asked
    wrong = factories.upload("diploma.pdf", b"MZ this is a program", "application/pdf")
    answer = send(token, wrong)
    assert "file" in answer.context["form"].errors
    assert not Document.objects.filter(kind="education").exists()
    assert send(token).status_code == 200


def test_nothing_sent_is_answered_at_the_field(asked, client):
    assert "file" in client.post(address_of(asked[1])).context["form"].errors


def test_the_person_may_replace_what_came(pats, draft, asked):
    send(asked[1])
    came = UploadLink.objects.get().document
    pats.post(page("education"), {"kind": "college", "file": factories.picture()})
    came.refresh_from_db()
    assert came.deleted_at
    assert kept(draft)["document"] != came.pk
    assert "whom you asked" not in pats.get(page("education")).content.decode()


def test_what_came_while_the_person_wrote_is_not_lost(draft, asked):
    old = {"kind": "college", "name_on_it": "", "document": None, "later": True}
    send(asked[1])
    actions.save_page(draft, EDUCATION, old, by=draft.person.user)
    assert kept(draft)["document"] == UploadLink.objects.get().document_id


def test_staff_see_from_whom_a_paper_came(rae, settings, draft, asked):
    settings.SECOND_FACTOR_FOR_STAFF = False
    send(asked[1])
    actions.save_page(draft, EDUCATION, kept(draft) | {"kind": "college"}, by=draft.person.user)
    factories.pay(actions.open_checkout(draft, by=draft.person.user))
    draft.refresh_from_db()
    actions.claim(draft, by=rae)
    shown = signed_in(rae).get(reverse("admin:applications_application_change", args=[draft.pk])).content.decode()
    assert shown.count(f"from {SCHOOL}, through a link") == 1


# --- the end of a link ---------------------------------------------------------------------------------------------
def withdrawn(draft):
    actions.withdraw(draft, by=draft.person.user)


def sent(draft):
    person = draft.person
    actions.save_page(draft, EDUCATION, factories.answers(person)["education"], by=person.user)
    factories.pay(actions.open_checkout(draft, by=person.user))


def closed(draft):
    with time_machine.travel(timezone.now() + timedelta(days=800)):
        for _time in range(3):
            actions.warn_or_close_drafts()
            for letter in letters(draft, "draft-closing").filter(handed_over_at=None):
                hand_over(letter, days_ago=60)
    draft.refresh_from_db()
    assert draft.status == "closed"


@pytest.mark.parametrize("end", [withdrawn, sent, closed])
def test_a_link_ends_with_the_draft_and_whom_they_asked_is_forgotten(draft, asked, end):
    link, token = asked
    end(draft)
    link.refresh_from_db()
    assert (link.address, bool(link.ended_at)) == (None, True)
    assert send(token).status_code == 404
    assert not Document.objects.filter(kind="education", uploaded_by=None).exists()


def test_a_link_ends_after_its_last_day(asked):
    link, token = asked
    days = standards_on(timezone.localdate()).application_link_days
    assert link.ends_on == timezone.localdate() + timedelta(days=days)
    for later, status in ((days, 200), (days + 1, 404)):
        with time_machine.travel(timezone.now() + timedelta(days=later)):
            assert Client().get(address_of(token)).status_code == status


def test_after_its_last_day_somebody_may_be_asked_anew(draft, asked):
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        again, _token = asked_for(draft, address="other@school.example")
    assert UploadLink.objects.get(ended_at=None) == again


def test_in_an_answer_to_a_request_a_link_works_too_and_ends_with_the_answer(pat, rae):
    draft = factories.draft(pat, without=("identity",))
    first, old = asked_for(draft, IDENTITY)
    actions.save_page(draft, IDENTITY, factories.answers(pat)["identity"], by=pat.user)
    factories.pay(actions.open_checkout(draft, by=pat.user))
    draft.refresh_from_db()
    actions.claim(draft, by=rae)
    ask_for_more(draft, rae)
    assert send(old).status_code == 404
    _second, token = asked_for(draft, IDENTITY)
    assert send(token).status_code == 200
    third, unused = asked_for(draft, IDENTITY)
    actions.answer(draft, by=pat.user)
    assert send(unused).status_code == 404
    draft.refresh_from_db()
    assert draft.answers["identity"]["document"] == UploadLink.objects.exclude(document=None).get().document_id
    assert UploadLink.objects.filter(pk__in=[first.pk, third.pk], address=None).count() == 2


def test_a_page_that_is_closed_cannot_be_asked_for(pats, pat):
    filed = factories.filed_application(pat)
    assert pats.get(ask_page()).url == reverse("applications:apply")
    with pytest.raises(WrongState):
        asked_for(filed)


# --- what is kept --------------------------------------------------------------------------------------------------
def test_the_link_stands_in_its_mail_alone(asked, mail_sink):
    link, token = asked
    assert found_in(dump(), {"token": token, "address": SCHOOL}) == set()
    notices.deliver(mail_of(link).pk)
    mail = mail_of(link)
    assert (mail.body, mail.address, mail.context) == (None, None, {})
    assert token.encode() in mail_sink.to(SCHOOL)[0].content
    send(token)
    told = str(list(AuditEvent.objects.values_list("action", "detail")))
    assert "received document through a link" in told
    assert SCHOOL not in told
    assert token not in told


def test_the_log_names_neither_link_nor_address(asked, pats, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    _link, token = asked
    Client().get(address_of(token))
    pats.get(ask_page())
    said = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    said += "".join(capfd.readouterr())
    assert "paper/<str:token>/" in said
    assert token not in said
    assert SCHOOL not in said


def test_from_whom_a_paper_came_is_never_rewritten(asked):
    send(asked[1])
    with pytest.raises(DatabaseError), transaction.atomic():
        UploadLink.objects.update(address=None)


# --- attacks -------------------------------------------------------------------------------------------------------
def test_who_tries_many_links_waits_and_learns_nothing_meanwhile(asked, settings):
    settings.WRONG_LINKS_PER_MINUTE = 3
    _link, token = asked
    guessing = Client()
    assert [guessing.get(address_of(f"guess{number}")).status_code for number in range(4)] == [404, 404, 404, 429]
    assert guessing.get(address_of(token)).status_code == 429
    assert Client(REMOTE_ADDR="198.51.100.7").get(address_of(token)).status_code == 200


@pytest.mark.parametrize("token", ["%00", "ñ", "..%2f..", "a" * 3000, "<script>"])
def test_nonsense_is_an_unknown_link(client, token):
    assert client.get(f"/paper/{token}/").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_of_many_who_send_at_once_one_is_taken(draft, asked):
    link, _token = asked
    documents = [factories.document(draft.person, Document.Kind.EDUCATION) for _number in range(8)]
    answers = race(
        [lambda sent=sent: actions.take_from_other(UploadLink.objects.get(pk=link.pk), sent) for sent in documents]
    )
    assert sum(isinstance(answer, Refused) for answer in answers) == 7
    link.refresh_from_db()
    assert kept(draft)["document"] == link.document_id
    assert letters(draft, "document-arrived").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_of_many_clicks_at_once_one_asks(draft):
    race([lambda: asked_for(type(draft).objects.get(pk=draft.pk))[0].pk] * 8)
    assert UploadLink.objects.count() == Notice.objects.filter(name="document-asked").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_a_paper_that_comes_as_the_person_withdraws_is_taken_or_gone(draft, asked):
    link, _token = asked
    came = factories.document(draft.person, Document.Kind.EDUCATION)
    taken, _withdrawn = race(
        [
            lambda: actions.take_from_other(UploadLink.objects.get(pk=link.pk), came),
            lambda: actions.withdraw(type(draft).objects.get(pk=draft.pk), by=draft.person.user),
        ]
    )
    came.refresh_from_db()
    assert isinstance(taken, Refused) or came.deleted_at
    assert not draft.draft_pages.exists()
