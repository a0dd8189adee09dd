"""Looking people up by name: who is found, and by how little nobody is."""

import pytest

from certification.models import Death, Surrender, Suspension
from certification.queries import today
from tests.registry.conftest import LONG_AGO, add, certified

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("given", "family", "typed"),
    [
        ("María", "García-López", "garcia lopez ma"),
        ("María", "García-López", "MARIA GARCIA"),
        ("María", "García-López", "López, María"),
        ("Patrick", "O’Brien", "obrien pa"),
        ("Juan", "de la Cruz", "delacruz ju"),
        ("Minh", "Nguyễn", "nguyen mi"),
        ("Łukasz", "Sørensen", "sorensen lu"),
        ("伟明", "王", "王伟明"),
        ("민준", "김", "김민준"),
        ("محمد", "الأحمد", "محمد الأحمد"),
        ("Анна", "Йовович", "Йовович Ан"),
        ("रीना", "शर्मा", "शर्मा रीना"),
        ("Li", "García", "garcia li"),
        ("Madonna", "", "madonna"),
    ],
)
def test_a_person_is_found_in_any_script_and_order(visitor, given, family, typed):
    certification = certified(given, family)
    assert visitor.names(typed) == [certification.person.legal_name]


@pytest.mark.parametrize("typed", ["garcia", "garcia m", "ma", "garc maria", "%", "garcia %", "*", "_ _"])
def test_less_than_a_family_name_and_two_letters_finds_nobody(visitor, typed):
    certified("María", "García")
    assert visitor.names(typed) == []


def test_ten_are_shown_and_more_letters_asked_for(visitor):
    for n in range(12):
        certified(f"Maria{chr(97 + n)}", "Garcia")
    response = visitor.get("/registry/", q="garcia ma")
    assert len(response.context["people"]) == 10
    assert "Add more letters" in response.content.decode()
    assert len(response.content) < 40_000
    assert visitor.names("garcia mariak") == ["Mariak Garcia"]


def test_a_number_however_typed_leads_to_the_page(visitor):
    number = certified("Ana", "Ruiz").number
    for typed in (number, number.lower().replace("-", " "), number.removeprefix("CMPSS-")):
        assert visitor.get("/registry/", q=typed).context["page"].number == number


def test_a_name_that_could_be_read_as_a_number_is_a_name(visitor):
    certified("Rosa", "Strawberry")
    assert visitor.names("Strawberry Ro") == ["Rosa Strawberry"]


def test_standing_narrows(visitor):
    certified("Ana", "Ruiz")
    paused = certified("Anabel", "Ruiz")
    add(Suspension, paused, starts=today())
    assert visitor.names("ruiz an", standing="suspended") == ["Anabel Ruiz"]
    assert visitor.names("ruiz an", standing="active") == ["Ana Ruiz"]
    assert "errors" in visitor.get("/registry/", q="ruiz an", standing="vacated").content.decode()


def test_who_gave_up_let_go_or_died_is_found_by_number_only(visitor):
    gave_up, died = certified("Ana", "Ruiz"), certified("Anabel", "Ruiz")
    vacated = certified("Anita", "Ruiz", starts=LONG_AGO)
    add(Surrender, gave_up, on=today())
    add(Death, died, on=today(), source="family")
    assert visitor.names("ruiz an") == []
    for certification in (gave_up, died, vacated):
        page = visitor.get(f"/registry/{certification.number}/")
        assert page.status_code == 200
        assert certification.person.legal_name in page.content.decode()


def test_close_names_are_offered_where_the_given_name_fits_too(visitor):
    certified("Maria", "Gonzalez")
    certified("Pedro", "Gonsales")
    response = visitor.get("/registry/", q="gonzales maria")
    assert [close.family for close in response.context["close"]] == ["Gonzalez"]
    assert visitor.names(response.context["close"][0].question) == ["Maria Gonzalez"]
    assert visitor.get("/registry/", q="gonzales xe").context["close"] == []


def test_nobody_who_is_not_shown_by_name_is_hinted_at(visitor):
    add(Surrender, certified("Maria", "Gonzalez"), on=today())
    assert visitor.get("/registry/", q="gonzales maria").context["close"] == []


@pytest.mark.parametrize(
    "typed", ["", " ", "\x00", "a" * 5000, "<script>alert(1)</script> xx", "a b c d e f g h i j", "‮evil xx", "😀 😀"]
)
def test_whatever_is_typed_is_answered(visitor, typed):
    response = visitor.get("/registry/", q=typed)
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_a_search_asks_the_database_once(visitor, rows, django_assert_num_queries):
    for n in range(rows):
        certified(f"Maria{chr(97 + n)}", "Garcia")
    visitor.names("garcia ma")
    with django_assert_num_queries(1):
        visitor.names("garcia ma")
