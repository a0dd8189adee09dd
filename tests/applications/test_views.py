"""The pages of filing as a browser meets them."""

import html
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from applications import actions
from applications.models import Application, DraftPage, Reason
from applications.rules import PAGES
from certification.models import Charge, Document, Notice, Person
from certification.notices import deliver
from certification.queries import ethics_code_on
from certification.steps import NotReady
from tests import factories
from tests.applications.cases import hold, refuse

pytestmark = pytest.mark.django_db
S = Application.Status


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def pats(pat):
    return signed_in(pat.user)


def page(slug):
    return reverse("applications:page", args=[slug])


def typed(slug):
    """What a person types on each page, by the names of its inputs."""
    ahead = timezone.localdate() + timedelta(days=900)
    return {
        "orientation": {"read": "on"},
        "name": {"given_name": "Zoë", "family_name": "García-López", "preferred_name": "Zo"},
        "birth": {"birth_date_month": "5", "birth_date_day": "17", "birth_date_year": "1990"},
        "contact": {"no_fixed_address": "on", "county": "06067", "language": "en"},
        "identity": {
            "kind": "passport",
            "issuer": "Mexico",
            "expires_on_month": str(ahead.month),
            "expires_on_day": str(ahead.day),
            "expires_on_year": str(ahead.year),
            "file": factories.picture(),
        },
        "education": {"kind": "equivalency", "file": factories.picture()},
        "attestations": {"lived_experience": "on", "willing_to_share": "on", "dedication": "on"},
        "ethics": {"signature": "zoe garcia lopez", "version": ethics_code_on(timezone.localdate()).version},
    }[slug]


def test_a_new_account_goes_from_the_first_page_to_the_tracker():
    user = factories.user()
    client = signed_in(user)
    assert client.get(reverse("applications:apply")).status_code == 200
    assert client.post(reverse("applications:begin")).status_code == 302
    for shown in PAGES:
        form = client.get(page(shown.slug))
        assert form.status_code == 200, shown.slug
        saved = client.post(page(shown.slug), typed(shown.slug))
        assert saved.status_code == 302, (shown.slug, saved.context["form"].errors)
    assert client.get(reverse("applications:apply")).status_code == 200
    assert b"Garc\xc3\xada-L\xc3\xb3pez" in client.get(reverse("applications:check")).content
    assert client.get(reverse("applications:pay")).status_code == 200
    gateway = client.post(reverse("applications:pay"))
    assert gateway.status_code == 302
    assert b"$100" in client.get(gateway.url).content
    paid = client.post(gateway.url)
    assert paid.url.endswith(reverse("applications:sent"))
    assert b"Your application is sent" in client.get(reverse("applications:sent")).content
    assert b"You sent your application" in client.get(reverse("applications:apply")).content
    person = Person.objects.get(user=user)
    assert person.legal_name == "Zoë García-López"
    assert person.greeting == "Zo"
    assert person.birth_date.isoformat() == "1990-05-17"
    assert b"Hello, Zo" in client.get(reverse("certification:home")).content


# --- somebody else's -----------------------------------------------------------------------------------------------
def test_nobody_reaches_the_application_of_another(pat, max):
    factories.filed_application(pat)
    stranger = signed_in(max.user)
    assert "Apply for your certificate" in stranger.get(reverse("applications:apply")).content.decode()
    for shown in PAGES:
        assert stranger.get(page(shown.slug)).status_code == 404
    for name in ("check", "pay", "sent", "answer", "withdraw"):
        assert stranger.get(reverse(f"applications:{name}")).status_code == 302


def test_a_file_of_another_is_not_there(pat, max):
    application = factories.draft(pat)
    paper = Document.objects.get(pk=application.draft_pages.get(page="identity").answers["document"])
    address = reverse("certification:document", args=[paper.public_id])
    assert signed_in(max.user).get(address).status_code == 404
    assert signed_in(pat.user).get(address).status_code == 200


def test_the_pages_ask_who_is_there():
    for name in ("apply", "check", "pay", "sent", "answer", "withdraw"):
        answer = Client().get(reverse(f"applications:{name}"))
        assert answer.url.startswith(reverse("account_login"))


def test_a_page_that_does_not_exist_is_not_found(pats, pat):
    actions.begin(pat.user)
    assert pats.get(page("nothing")).status_code == 404


# --- twice, late, in two tabs --------------------------------------------------------------------------------------
def test_starting_twice_starts_once(pats):
    pats.post(reverse("applications:begin"))
    pats.post(reverse("applications:begin"))
    assert Application.objects.count() == 1


def test_a_tab_left_open_changes_nothing_once_the_application_is_sent(pats, pat):
    application = factories.filed_application(pat)
    late = pats.post(page("name"), {"given_name": "Somebody"}, follow=True)
    assert "This page is closed now" in late.content.decode()
    application.refresh_from_db()
    assert application.answers["name"]["given_name"] == "Pat"
    assert not DraftPage.objects.exists()


def test_paying_again_from_an_old_tab_leads_to_the_tracker(pats, pat):
    factories.filed_application(pat)
    assert pats.post(reverse("applications:pay")).url == reverse("applications:apply")
    assert pats.get(reverse("applications:check")).url == reverse("applications:apply")


def test_an_unfinished_application_cannot_reach_the_payment(pats, pat):
    factories.draft(pat, without=["ethics"])
    assert pats.post(reverse("applications:pay")).url == reverse("applications:check")
    assert not Charge.objects.exists()


def test_going_back_from_the_payment_loses_nothing(pats, pat):
    factories.draft(pat)
    first = pats.post(reverse("applications:pay")).url
    assert pats.get(reverse("applications:pay")).status_code == 200
    assert "Waiting for your payment" in pats.get(reverse("applications:sent")).content.decode()
    pats.post(reverse("applications:pay"))
    pats.post(first)
    pats.post(first)
    assert Application.objects.get().status == S.SUBMITTED
    assert Charge.objects.count() == 1


def test_the_pretended_payment_is_only_for_the_one_who_pays(pats, pat, max):
    factories.draft(pat)
    address = pats.post(reverse("applications:pay")).url
    assert signed_in(max.user).post(address).status_code == 404
    assert pats.get(address.replace("ticket=", "ticket=x")).status_code == 404
    assert Application.objects.get().status == S.DRAFT


# --- change links --------------------------------------------------------------------------------------------------
def test_a_change_link_returns_to_the_answers(pats, pat):
    factories.draft(pat)
    assert f"{page('name')}?back=check" in pats.get(reverse("applications:check")).content.decode()
    changed = pats.post(page("education"), {"kind": "college", "back": "check"})
    assert changed.url == reverse("applications:check")
    assert pats.post(page("education"), {"kind": "college", "back": "//evil.example"}).url == reverse(
        "applications:apply"
    )


# --- answering and withdrawing -------------------------------------------------------------------------------------
def test_a_request_for_more_names_its_reasons_and_opens_only_its_page(pats, pat, rae):
    application = factories.filed_application(pat)
    actions.claim(application, by=rae)
    for line in application.requirements.all():
        if line.kind == "education":
            reason = Reason.objects.filter(requirement="education", outcome="ask").first()
            actions.refuse_requirement(line, reason, by=rae, note="The last page is missing.")
        else:
            actions.accept_requirement(line, by=rae)
    actions.ask_for_more(application, by=rae)
    tracker = pats.get(reverse("applications:apply")).content.decode()
    assert reason.text in html.unescape(tracker)
    assert "The last page is missing." in tracker
    assert pats.get(page("name")).status_code == 302
    assert pats.get(page("education")).status_code == 200
    pats.post(page("education"), {"kind": "college", "file": factories.picture()})
    assert pats.get(reverse("applications:answer")).status_code == 200
    pats.post(reverse("applications:answer"))
    application.refresh_from_db()
    assert application.status == S.IN_REVIEW
    pats.post(reverse("applications:answer"))
    assert application.answers["education"]["kind"] == "college"


def test_withdrawing_asks_first_and_may_be_sent_twice(pats, pat):
    application = factories.filed_application(pat)
    assert pats.get(reverse("applications:withdraw")).status_code == 200
    application.refresh_from_db()
    assert application.status == S.SUBMITTED
    pats.post(reverse("applications:withdraw"))
    again = pats.post(reverse("applications:withdraw"), follow=True)
    assert "Start a new application" in again.content.decode()
    application.refresh_from_db()
    assert application.status == S.WITHDRAWN


# --- what it says --------------------------------------------------------------------------------------------------
def test_the_fees_and_what_is_not_returned_are_said_before_paying(pats, pat):
    factories.draft(pat)
    words = pats.get(reverse("applications:pay")).content.decode()
    assert "You pay $100 today." in words
    assert "$150" in words
    assert "not returned" in words


def test_the_tracker_says_whose_move_it_is_and_by_when(pats, pat):
    application = factories.filed_application(pat)
    due = date_format(application.filed_on + timedelta(days=30), "DATE_FORMAT")
    for address in (reverse("applications:apply"), reverse("certification:home"), reverse("applications:sent")):
        assert due in pats.get(address).content.decode()


def test_a_review_that_is_late_says_so(pats, pat, time_machine):
    application = factories.filed_application(pat)
    time_machine.move_to(timezone.localtime() + timedelta(days=31))
    pats.force_login(pat.user)
    due = date_format(application.filed_on + timedelta(days=30), "DATE_FORMAT")
    said = pats.get(reverse("applications:apply")).content.decode()
    assert f"We wanted to check your application by {due}. We are late" in said
    assert due not in pats.get(reverse("certification:home")).content.decode()


def test_the_tracker_does_not_say_that_the_rest_is_fine_when_a_part_was_declined(pats, pat, rae):
    application = factories.filed_application(pat)
    actions.claim(application, by=rae)
    refuse(application, "diploma-not-equal", rae)
    refuse(application, "id-unreadable", rae)
    for requirement in application.requirements.filter(status="waiting"):
        actions.accept_requirement(requirement, by=rae)
    actions.ask_for_more(application, by=rae)
    said = pats.get(reverse("applications:apply")).content.decode()
    assert "we could not accept one part" in said
    assert "is fine" not in said


def test_who_passed_and_waits_for_us_is_not_sent_to_the_exam_again(pats, pat, lee):
    application = factories.approved_application(pat)
    factories.accepted_training(pat)
    hold(pat, lee)
    with pytest.raises(NotReady):
        actions.complete(application, by=None)
    for address in ("applications:apply", "certification:home"):
        said = pats.get(reverse(address)).content.decode()
        assert "You passed the exam." in said
        assert "Now " not in said


def test_what_was_never_sent_is_gone_when_it_is_taken_back(pats, pat):
    application = factories.draft(pat, name={"preferred_name": "Zqpreferred"})
    actions.open_checkout(application, by=pat.user)
    pats.post(reverse("applications:withdraw"))
    application.refresh_from_db()
    assert (application.snapshot, application.answers) == (None, None)
    assert not hasattr(application.history.first(), "snapshot")


def test_letters_are_plain_text_and_greet_by_the_preferred_name(pats, pat, mail_sink):
    factories.filed_application(pat, name={"preferred_name": "D'Arcy & Co"})
    notice = Notice.objects.get(name="application-submitted")
    assert deliver(notice.pk)
    notice.refresh_from_db()
    assert "Dear D'Arcy & Co," in notice.body
    assert notice.subject in pats.get(reverse("certification:letters")).content.decode()
    letter = pats.get(reverse("certification:letter", args=[notice.public_id])).content.decode()
    assert "D&#x27;Arcy &amp; Co" in letter


def test_every_page_says_the_guide_and_the_code_in_spanish_too(pats, pat):
    factories.draft(pat)
    with translation.override("es"):
        guide, code = page("orientation"), page("ethics")
    assert "lo que conviene saber" in pats.get(guide).content.decode()
    assert pats.get(code).status_code == 200
