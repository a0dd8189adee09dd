"""Each page: what it keeps, and what it says at the field when something is wrong."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from applications.models import DraftPage
from applications.rules import PAGES, answers_now, page_named, page_problems
from certification import documents
from certification.models import Document
from certification.queries import ethics_code_on, today
from certification.standards import add_months, standards_on
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(pat):
    client = Client()
    client.force_login(pat.user)
    return client


@pytest.fixture
def application(pat):
    return factories.draft(pat, without=[page.slug for page in PAGES if page.slug != "name"])


def address(slug):
    return reverse("applications:page", args=[slug])


def date_parts(name, day):
    return {f"{name}_month": day.month, f"{name}_day": day.day, f"{name}_year": day.year}


def saved(application, slug):
    row = DraftPage.objects.filter(application=application, page=slug).first()
    return row and row.answers


def errors(response):
    assert response.status_code == 200
    return response.context["form"].errors


# --- name ----------------------------------------------------------------------------------------------------------
def test_one_name_is_enough(client, application):
    client.post(address("name"), {"given_name": "Suharto"})
    assert saved(application, "name") == {
        "given_name": "Suharto",
        "middle_name": "",
        "family_name": "",
        "suffix": "",
        "preferred_name": "",
        "former_names": "",
    }


@pytest.mark.parametrize("name", ["Zoë", "Nguyễn Thị", "O’Brien", "李", "محمد", "García-López"])
def test_names_of_any_script_are_kept_as_typed(client, application, name):
    client.post(address("name"), {"given_name": name, "family_name": name})
    assert saved(application, "name")["family_name"] == name


@pytest.mark.parametrize("name", ["", "   ", "!!!", "a\x00b", "Pat\u202edoe", "x" * 81])
def test_what_is_no_name_is_answered_at_the_field(client, application, name):
    before = saved(application, "name")
    assert "given_name" in errors(client.post(address("name"), {"given_name": name}))
    assert saved(application, "name") == before


# --- birth date ----------------------------------------------------------------------------------------------------
def test_the_eighteenth_birthday_is_early_enough(client, application):
    day = add_months(timezone.localdate(), -18 * 12)
    client.post(address("birth"), date_parts("birth_date", day))
    assert saved(application, "birth") == {"birth_date": day.isoformat()}


def test_the_day_before_is_told_kindly_when_to_come_and_nothing_is_kept(client, application):
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = client.post(address("birth"), date_parts("birth_date", add_months(tomorrow, -18 * 12)))
    words = answer.content.decode()
    assert f"You can send your application from {date_format(tomorrow, 'DATE_FORMAT')} on, when you are 18." in words
    assert "Error" not in words
    assert saved(application, "birth") is None


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"birth_date_month": "13", "birth_date_day": "1", "birth_date_year": "1990"},
        {"birth_date_month": "2", "birth_date_day": "30", "birth_date_year": "1990"},
        {"birth_date_month": "5", "birth_date_day": "17", "birth_date_year": "90"},
        {"birth_date_month": "5", "birth_date_day": "17", "birth_date_year": "2090"},
        {"birth_date_month": "\u0665", "birth_date_day": "x" * 5000, "birth_date_year": "<b>"},
    ],
)
def test_what_is_no_birth_date_is_answered_at_the_field(client, application, parts):
    assert "birth_date" in errors(client.post(address("birth"), parts))
    assert saved(application, "birth") is None


# --- contact -------------------------------------------------------------------------------------------------------
CONTACT = {
    "address_line1": "1 Main St",
    "city": "Napa",
    "state": "ca",
    "zip_code": "94558",
    "county": "06055",
    "language": "en",
}


def test_no_fixed_address_is_an_address(client, application):
    client.post(address("contact"), {"no_fixed_address": "on", "county": "06037", "language": "es", "zip_code": "?"})
    kept = saved(application, "contact")
    assert kept["no_fixed_address"] is True
    assert kept["zip_code"] == kept["address_line1"] == ""


def test_an_address_is_kept_and_the_phone_made_plain(client, application):
    client.post(address("contact"), CONTACT | {"phone": "(916) 555-0134"})
    kept = saved(application, "contact")
    assert (kept["state"], kept["phone"]) == ("CA", "+19165550134")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address_line1": ""}, "address_line1"),
        ({"zip_code": "abc"}, "zip_code"),
        ({"state": "C1"}, "state"),
        ({"county": "99999"}, "county"),
        ({"county": ""}, "county"),
        ({"language": "xx"}, "language"),
        ({"phone": "12"}, "phone"),
    ],
)
def test_a_wrong_contact_is_answered_at_the_field(client, application, change, field):
    assert field in errors(client.post(address("contact"), CONTACT | change))
    assert saved(application, "contact") is None


# --- papers --------------------------------------------------------------------------------------------------------
def identity(**changes):
    ahead = timezone.localdate() + timedelta(days=100)
    typed = {"kind": "passport", "issuer": "Mexico", "file": factories.picture()} | date_parts("expires_on", ahead)
    return {name: value for name, value in (typed | changes).items() if value is not None}


def test_an_id_is_kept_with_its_file(client, application, pat):
    client.post(address("identity"), identity())
    kept = saved(application, "identity")
    document = Document.objects.get(pk=kept["document"])
    assert (document.owner, document.kind) == (pat, Document.Kind.IDENTITY)
    assert kept["kind"] == "passport"


def test_a_photo_that_is_hard_to_read_is_kept_and_said_to_be(client, application):
    dark = factories.picture(color="black")
    answer = client.post(address("identity"), identity(file=dark), follow=True)
    assert answer.redirect_chain == [(address("identity"), 302)]
    assert "The picture is dark." in answer.content.decode()
    kept = saved(application, "identity")["document"]
    assert client.post(address("identity"), identity(file=None)).url == address("education")
    assert saved(application, "identity")["document"] == kept


def test_an_id_that_expires_today_still_counts(client, application):
    client.post(address("identity"), identity(**date_parts("expires_on", timezone.localdate())))
    assert saved(application, "identity")["document"]


def test_an_expired_id_is_answered_at_the_field_and_the_file_is_kept(client, application):
    yesterday = timezone.localdate() - timedelta(days=1)
    answer = client.post(address("identity"), identity(**date_parts("expires_on", yesterday)))
    assert "expires_on" in errors(answer)
    assert list(saved(application, "identity")) == ["document"]
    answer = client.post(address("identity"), identity(file=None))
    assert answer.status_code == 302
    assert saved(application, "identity")["document"]


def test_a_wrong_answer_beside_a_new_file_takes_nothing_of_what_was_kept(client, application):
    client.post(address("identity"), identity())
    before = saved(application, "identity")
    yesterday = timezone.localdate() - timedelta(days=1)
    client.post(address("identity"), identity(issuer="Peru", **date_parts("expires_on", yesterday)))
    after = saved(application, "identity")
    assert after["document"] != before["document"]
    assert after | {"document": 0} == before | {"document": 0}


def test_a_file_in_which_a_virus_was_found_later_is_asked_for_again(client, application):
    client.post(address("identity"), identity())
    documents.erase(Document.objects.get(), by=None, reason="virus")
    answers = answers_now(application)
    assert "send another one" in page_problems(page_named("identity"), answers, standards_on(today()))[0]


def test_an_id_may_have_no_expiry_date(client, application):
    typed = {"kind": "tribal-id", "issuer": "Yurok Tribe", "no_expiry": "on", "file": factories.picture()}
    client.post(address("identity"), typed)
    assert saved(application, "identity")["expires_on"] == ""


@pytest.mark.parametrize(
    ("written", "differs"),
    [("", False), ("DOE, Pat", False), ("Pát Doe Ruiz", False), ("Pat Roe", True), ("Pat Smith", False)],
)
def test_another_name_on_a_paper_is_said_once_and_lets_the_person_go_on(client, application, written, differs):
    former = {"given_name": "Pat", "family_name": "Doe", "former_names": "Ann Jones; Pat Smith"}
    client.post(address("name"), former)
    sent = {"kind": "high-school", "name_on_it": written}
    answer = client.post(address("education"), sent | {"file": factories.picture()})
    if differs:
        assert answer.url == address("education")
    assert ("It shows another name" in client.get(address("education")).content.decode()) == differs
    assert client.post(address("education"), sent).url != address("education")
    assert saved(application, "education")["name_on_it"] == written


def test_a_file_that_is_no_paper_is_refused_in_words(client, application):
    wrong = factories.SimpleUploadedFile("id.jpg", b"<script>alert(1)</script>", content_type="image/jpeg")
    assert "file" in errors(client.post(address("identity"), identity(file=wrong)))
    assert not Document.objects.exists()


def test_a_missing_file_is_answered_at_the_field(client, application):
    assert "file" in errors(client.post(address("education"), {"kind": "college"}))


@pytest.mark.parametrize("change", [{"kind": "library-card"}, {"kind": ""}, {"issuer": ""}, {"issuer": "x" * 500}])
def test_a_wrong_id_is_answered_at_the_field(client, application, change):
    (field,) = change
    assert field in errors(client.post(address("identity"), identity(file=None) | change))


# --- word ----------------------------------------------------------------------------------------------------------
def test_each_attestation_is_its_own_yes(client, application):
    answer = client.post(address("attestations"), {"lived_experience": "on", "dedication": "on"})
    assert list(errors(answer)) == ["willing_to_share"]
    client.post(address("attestations"), {"lived_experience": "on", "dedication": "on", "willing_to_share": "on"})
    assert saved(application, "attestations") == dict.fromkeys(
        ("lived_experience", "willing_to_share", "dedication"), True
    )


@pytest.mark.parametrize("signature", ["Pat Doe", "pat doe", "  PAT   DOE ", "Pát Dóe"])
def test_a_signature_is_read_forgivingly(client, application, signature):
    version = ethics_code_on(timezone.localdate()).version
    client.post(address("ethics"), {"signature": signature, "version": version})
    kept = saved(application, "ethics")
    assert (kept["version"], kept["language"]) == (version, "en")
    assert kept["signed_at"]


@pytest.mark.parametrize("typed", [{"signature": "Somebody Else"}, {"signature": ""}, {"version": "1999-01"}])
def test_a_signature_of_somebody_else_or_of_another_code_does_not_hold(client, application, typed):
    good = {"signature": "Pat Doe", "version": ethics_code_on(timezone.localdate()).version}
    (field,) = typed
    assert field in errors(client.post(address("ethics"), good | typed))


def test_the_code_cannot_be_signed_before_there_is_a_name(client, pat):
    factories.draft(pat, without=[page.slug for page in PAGES])
    assert client.get(address("ethics")).status_code == 302
    assert "First finish" in client.get(reverse("applications:apply")).content.decode()


def test_a_new_name_asks_for_a_new_signature(client, pat):
    factories.draft(pat)
    client.post(address("name"), {"given_name": "Quinn", "family_name": "Doe"})
    assert "Your signature is not your name any more" in client.get(reverse("applications:apply")).content.decode()
