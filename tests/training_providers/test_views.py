"""The pages about training: the public list, the person's own, and the training desk's."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certification.models import Document
from tests import factories
from training_providers import actions
from training_providers.models import Approval, Provider, TrainingRecord


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


def said(taught_by, **changes):
    ended = timezone.localdate() - timedelta(days=30)
    facts = {
        "provider": taught_by.pk,
        "language": "en",
        "starts_month": ended.month,
        "starts_day": 1,
        "starts_year": ended.year,
        "ends_month": ended.month,
        "ends_day": ended.day,
        "ends_year": ended.year,
        "hours": "80",
        "certificate": factories.picture(),
    }
    return facts | changes


# --- everyone ------------------------------------------------------------------------------------------------------
def test_the_list_is_open_to_all_and_shows_who_is_approved_today(client, db):
    factories.provider("Bright Path Training")
    factories.provider("Gone", ends=timezone.localdate() - timedelta(days=1))
    page = client.get(reverse("training_providers:list")).content.decode()
    assert "Bright Path Training" in page
    assert "Gone" not in page
    assert "80 hours" in page


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("?language=es", ["Camino"]),
        ("?delivery=in person", []),
        ("?training_type=crisis", ["Haven"]),
        ("?language=\x00&delivery=%F0%9F%8C%BB&training_type=x", ["Bright", "Camino", "Haven"]),
    ],
)
def test_the_list_can_be_narrowed_and_nonsense_narrows_nothing(client, db, question, found):
    factories.provider("Bright")
    factories.provider("Camino", language="es")
    factories.provider("Haven", training_type="crisis")
    answer = client.get(reverse("training_providers:list") + question)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert [name for name in ("Bright", "Camino", "Haven") if f">{name}<" in shown] == found


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_database_equally_often(client, db, rows, django_assert_num_queries):
    for row in range(rows):
        factories.provider(f"Provider {row}")
    with django_assert_num_queries(4):
        client.get(reverse("training_providers:list"))


# --- the person ----------------------------------------------------------------------------------------------------
def test_a_person_sends_a_certificate(client, pat, filed):
    client.force_login(pat.user)
    answer = client.post(reverse("training_providers:send"), said(factories.provider()))
    assert answer.status_code == 302, answer.context["form"].errors
    sent = TrainingRecord.objects.get()
    assert (sent.person, sent.hours, sent.document.kind) == (pat, 80, Document.Kind.TRAINING)
    page = client.get(reverse("training_providers:mine")).content.decode()
    assert "We are checking your certificate" in page


def test_what_is_no_certificate_is_refused_at_its_field_and_not_kept(client, pat, filed):
    client.force_login(pat.user)
    fake = factories.picture("x.png")
    fake.file.truncate(20)
    answer = client.post(reverse("training_providers:send"), said(factories.provider(), certificate=fake))
    assert answer.status_code == 200
    assert answer.context["form"].errors["certificate"]
    assert not TrainingRecord.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hours": "0"}, "hours"),
        ({"hours": "many"}, "hours"),
        ({"provider": "999999"}, "provider"),
        ({"language": "xx"}, "language"),
        ({"ends_year": "2099"}, "ends"),
        ({"starts_year": "2099"}, "ends"),
        ({"ends_day": "31\x00"}, "ends"),
        ({"certificate": ""}, "certificate"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(client, pat, filed, changes, field):
    client.force_login(pat.user)
    answer = client.post(reverse("training_providers:send"), said(factories.provider(), **changes))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors


def test_a_person_answers_what_was_asked(client, pat, filed, tia):
    sent = factories.sent_training(pat, hours=60)
    actions.ask(sent, words="Please send page 2.", by=tia)
    client.force_login(pat.user)
    address = reverse("training_providers:answer", args=[sent.pk])
    assert "Please send page 2." in client.get(address).content.decode()
    old = sent.document_id
    client.post(address, said(sent.provider, hours="81"))
    sent.refresh_from_db()
    assert (sent.status, sent.hours) == ("submitted", 81)
    assert sent.document_id != old


def test_nobody_sees_or_answers_for_another(client, pat, max, filed, tia):
    sent = factories.sent_training(pat)
    actions.ask(sent, words="Canary words", by=tia)
    client.force_login(max.user)
    assert client.get(reverse("training_providers:answer", args=[sent.pk])).status_code == 404
    assert "Canary" not in client.get(reverse("training_providers:mine")).content.decode()


def test_who_has_not_applied_is_told_so(client, max):
    client.force_login(max.user)
    assert client.get(reverse("training_providers:send")).status_code == 302
    assert "Send your application first" in client.get(reverse("training_providers:mine")).content.decode()


def test_the_home_says_whose_turn_it_is(client, pat, filed, tia):
    client.force_login(pat.user)
    assert "Take the training" in client.get(reverse("certification:home")).content.decode()
    actions.accept(factories.sent_training(pat), by=tia)
    assert "Your training is accepted" in client.get(reverse("certification:home")).content.decode()


# --- the desk ------------------------------------------------------------------------------------------------------
def case(sent, name="change"):
    return reverse(f"admin:training_providers_trainingrecord_{name}", args=[sent.pk])


def test_the_case_page_shows_the_certificate_beside_what_the_rules_say(client, pat, filed, tia):
    sent = factories.sent_training(pat, hours=60)
    client.force_login(tia)
    page = client.get(case(sent)).content.decode()
    assert "60 hours; the program asks for 80." in page
    assert reverse("certification:document_page", args=[sent.document.public_id, 1]) in page
    assert "Accept and send" not in page


def test_the_desk_accepts_asks_and_declines(client, filed, pat, tia):
    client.force_login(tia)
    sent = factories.sent_training(pat)
    client.post(case(sent, "ask"), {"ask_form-words": "Page 2?"})
    sent.refresh_from_db()
    assert sent.status == "more_asked"
    actions.answer(sent, by=pat.user)
    client.post(case(sent, "decline"), {"decline_form-words": "It had no dates."})
    sent.refresh_from_db()
    assert (sent.status, sent.words) == ("declined", "It had no dates.")
    another = factories.sent_training(pat)
    client.post(case(another, "accept"))
    another.refresh_from_db()
    assert another.status == "accepted"


def test_no_words_no_asking(client, pat, filed, tia):
    sent = factories.sent_training(pat)
    client.force_login(tia)
    answer = client.post(case(sent, "ask"), {"ask_form-words": " "})
    assert answer.context["ask_form"].errors["words"]
    sent.refresh_from_db()
    assert sent.status == "submitted"


def test_an_act_too_late_is_said_in_words(client, pat, filed, tia):
    sent = factories.sent_training(pat)
    actions.accept(sent, by=tia)
    client.force_login(tia)
    answer = client.post(case(sent, "decline"), {"decline_form-words": "No."}, follow=True)
    assert "This cannot be done now" in answer.content.decode()


@pytest.mark.parametrize(
    "role", ["reviewer", "exam desk", "accommodation desk", "registrar", "finance", "administrator"]
)
@pytest.mark.parametrize("name", ["change", "accept", "ask", "decline"])
def test_other_desks_reach_nothing(client, pat, filed, role, name):
    sent = factories.sent_training(pat)
    client.force_login(factories.staff(role))
    assert client.get(case(sent)).status_code == 403
    if name != "change":
        assert client.post(case(sent, name), {"ask_form-words": "x", "decline_form-words": "x"}).status_code == 403
    sent.refresh_from_db()
    assert sent.status == "submitted"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_asks_the_database_equally_often(client, tia, rows, django_assert_max_num_queries):
    for row in range(rows):
        person = factories.person("Pat", f"Number {row}")
        factories.filed_application(person)
        factories.sent_training(person)
    client.force_login(tia)
    address = reverse("admin:training_providers_trainingrecord_changelist")
    client.get(address)  # the first page of a session is written down
    with django_assert_max_num_queries(9):
        client.get(address)


def test_the_desk_adds_providers_and_approvals_signed(client, tia):
    client.force_login(tia)
    client.post(reverse("admin:training_providers_provider_add"), {"name": "New Hope"})
    provider = Provider.objects.get()
    assert provider.history.get().history_user == tia
    facts = {"provider": provider.pk, "training_type": "core", "language": "es", "delivery": "online"}
    client.post(reverse("admin:training_providers_approval_add"), facts | {"starts": "2026-01-01", "ends": ""})
    approval = Approval.objects.get()
    assert approval.history.get().history_user == tia
    address = reverse("admin:training_providers_approval_change", args=[approval.pk])
    client.post(address, {"ends": "2020-01-01"})
    approval.refresh_from_db()
    assert approval.ends is None
    client.post(address, {"ends": timezone.localdate().isoformat(), "starts": "2020-01-01"})
    approval.refresh_from_db()
    assert (approval.ends, approval.starts.year) == (timezone.localdate(), 2026)
