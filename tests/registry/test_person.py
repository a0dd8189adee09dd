"""The public page of a certification, today and on any day before."""

from datetime import date, timedelta

import pytest

from certification.actions import reissue
from certification.models import Certification, Death, PublicReason, Revocation, Standard, Surrender, Suspension, Term
from certification.queries import today
from certification.signing import signed
from certification.standards import add_months
from certification.steps import record
from registry import kept
from tests import factories
from tests.registry.conftest import LONG_AGO, add, certified, overturn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def text(response):
    return " ".join(response.content.decode().split())


def test_shows_name_number_terms_and_standing_as_of_the_second(visitor):
    certification = certified("María", "García-López")
    add(Term, certification, starts=LONG_AGO, expires_on=add_months(LONG_AGO, 24), printed_name="María García")
    page = text(visitor.get(f"/registry/{certification.number}/"))
    for shown in (
        "María García-López",
        certification.number,
        "This person is certified.",
        "Jan. 1, 2015 through Jan. 1, 2017",
        "Is something wrong on this page?",
    ):
        assert shown in page
    assert "As of " in page
    assert ("PST" in page) or ("PDT" in page)


def test_a_new_name_replaces_the_old_one_everywhere_and_an_old_print_still_leads_here(visitor):
    certification = certified("María", "García-López")
    page = f"/registry/{certification.number}/"
    assert "The name was changed" not in text(visitor.get(page))
    record(certification.person, by=None, why="test", family_name="Ruiz")
    reissue(certification.person, by=None, why="test")
    shown = text(visitor.get(page))
    assert "María Ruiz" in shown
    assert "The name was changed on" in shown
    assert "García" not in shown
    assert "María Ruiz" in text(visitor.get("/registry/?q=ruiz, maria"))
    assert certification.number not in text(visitor.get("/registry/?q=garcia lopez, maria"))


@pytest.mark.parametrize(
    ("model", "fields", "sentence"),
    [
        (Suspension, {"starts": date(2024, 5, 1)}, "This certification is suspended."),
        (Revocation, {"on": date(2024, 5, 1)}, "This certification was revoked."),
        (Surrender, {"on": date(2024, 5, 1)}, "This certification was given up."),
        (Death, {"on": date(2024, 5, 1), "source": "a letter from Uncle Bob"}, "This person is no longer certified."),
    ],
)
def test_each_standing_has_its_sentence(visitor, model, fields, sentence):
    certification = certified("Ana", "Ruiz")
    add(model, certification, **fields)
    page = text(visitor.get(f"/registry/{certification.number}/"))
    assert sentence in page
    assert "Uncle Bob" not in page


@pytest.mark.parametrize(
    ("starts", "sentence"),
    [
        (25, "This certification has lapsed."),
        (24 + 25, "This certification has expired."),
        (24 + 49, "This certification has ended."),
    ],
)
def test_time_alone_ends_it(visitor, starts, sentence):
    certification = certified("Ana", "Ruiz", starts=add_months(today(), -starts))
    assert sentence in text(visitor.get(f"/registry/{certification.number}/"))


def test_any_past_day_is_answered(visitor):
    certification = certified("Ana", "Ruiz", starts=date(2024, 3, 1))
    add(Suspension, certification, starts=date(2024, 6, 1), ends=date(2024, 7, 1))
    page = f"/registry/{certification.number}/"
    assert "not certified yet on that day" in text(visitor.get(page, on="2024-02-29"))
    assert "was certified on that day" in text(visitor.get(page, on="2024-03-01"))
    assert "was suspended on that day" in text(visitor.get(page, on="2024-06-30"))
    assert "was certified on that day" in text(visitor.get(page, on="2024-07-01"))


@pytest.mark.parametrize("day", ["2999-01-01", "yesterday", "2023-02-29", "", "0000-00-00", "\x00", "١٢"])
def test_a_day_that_cannot_be_is_answered_at_the_field(visitor, day):
    certification = certified("Ana", "Ruiz")
    response = visitor.get(f"/registry/{certification.number}/", on=day)
    assert response.status_code == 200
    assert response.context["form"].errors["on"]
    assert "This person is certified." not in text(response)


def test_orders_stand_with_reason_start_and_end_and_overturned_ones_for_no_day(visitor):
    certification = certified("Ana", "Ruiz", starts=date(2024, 3, 1))
    add(Suspension, certification, starts=date(2024, 6, 1), ends=date(2024, 7, 1), public_reason=PublicReason.SAFETY)
    wrong = add(Revocation, certification, on=date(2024, 8, 1), public_reason=PublicReason.FALSE_STATEMENT)
    page = f"/registry/{certification.number}/"
    assert "was revoked" in text(visitor.get(page))
    overturn(wrong)
    after = text(visitor.get(page))
    assert "from June 1, 2024 until July 1, 2024. The safety of the people" in after
    assert "Revocation" not in after
    assert "had been revoked" not in text(visitor.get(page, on="2024-08-02"))


def test_an_ended_order_is_shown_as_long_as_the_standard_says(visitor):
    certification = certified("Ana", "Ruiz", starts=LONG_AGO)
    add(Suspension, certification, starts=date(2016, 1, 1), ends=date(2016, 2, 1))
    page = f"/registry/{certification.number}/"
    assert "Suspension" in text(visitor.get(page))
    with signed(None, "test"):
        Standard.objects.create(
            key="registry.order_public_years",
            value="5",
            unit="years",
            effective_from=date(2022, 7, 2),
            citation="a rule",
            basis="text",
        )
    kept._standards.clear()
    assert "Suspension" not in text(visitor.get(page))


@pytest.mark.parametrize("number", ["CMPSS-0000-0000-0000", "CMPSS-4F7K-M2QX-C9R0", "x", "%00", "CMPSS"])
def test_unknown_and_malformed_numbers_get_the_same_plain_page(visitor, number):
    response = visitor.get(f"/registry/{number}/")
    assert response.status_code == 404
    assert "No certificate has this number" in text(response)


def test_nothing_else_about_a_person_reaches_any_page(visitor):
    certification = certified(
        "Ana",
        "Ruiz",
        preferred_name="Canary-Preferred",
        phone="+14155550123",
        address_line1="77 Canary Street",
        address_line2="Canary Unit",
        city="Canaryville",
        zip_code="90210",
        birth_date=date(1971, 12, 13),
    )
    email = certification.person.user.email
    for response in (
        visitor.get("/registry/", q="ruiz ana"),
        visitor.get("/registry/", q="ruis ana"),
        visitor.get(f"/registry/{certification.number}/"),
        visitor.get(f"/registry/{certification.number}/", on="2024-01-01"),
    ):
        seen = text(response) + str(response.headers)
        for secret in ("Canary", "5550123", "555-0123", "90210", "1971", email):
            assert secret not in seen


def test_every_page_is_kept_from_search_engines_and_tells_how_to_complain(visitor):
    number = certified("Ana", "Ruiz").number
    for path in ("/registry/", "/registry/?q=ruiz+ana", f"/registry/{number}/", "/registry/CMPSS-1/", "/es/registry/"):
        response = visitor.get(path)
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert '<meta name="robots" content="noindex' in text(response)
        assert "/complaints/" in text(response)
        assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("terms", [1, 3])
def test_a_page_asks_the_same_whatever_it_shows(visitor, terms, django_assert_num_queries):
    certification = certified("Ana", "Ruiz")
    for n in range(terms - 1):
        starts = date(2010 + 3 * n, 1, 1)
        add(Term, certification, starts=starts, expires_on=add_months(starts, 24), printed_name="Ana Ruiz")
        add(Suspension, certification, starts=starts + DAY, ends=starts + 2 * DAY)
    visitor.get(f"/registry/{certification.number}/")
    with django_assert_num_queries(1):
        visitor.get(f"/registry/{certification.number}/")


def test_the_registrar_reads_every_fact_and_changes_none(client, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    certification = certified("Ana", "Ruiz")
    fact = add(Suspension, certification, starts=today())
    client.force_login(factories.staff("registrar"))
    for path in (
        "/admin/certification/certification/",
        f"/admin/certification/certification/{certification.pk}/change/",
        f"/admin/certification/certification/{certification.pk}/history/",
        f"/admin/certification/term/?q={certification.number}",
        f"/admin/certification/suspension/{fact.pk}/change/",
        f"/admin/certification/suspension/{fact.pk}/history/",
    ):
        assert client.get(path).status_code == 200, path
    assert (
        client.post(f"/admin/certification/suspension/{fact.pk}/change/", {"starts": "2020-01-01"}).status_code == 403
    )
    assert client.post(f"/admin/certification/suspension/{fact.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Certification.objects.get().number == certification.number
