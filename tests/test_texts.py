"""The texts and tables in ``data``: readable, alike in both languages, and true to the program's numbers."""

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from certification.texts import Block, blocks
from tests.readability import HARDEST_GRADE, HARDEST_INFLESZ, grade, inflesz, jargon, words

DATA = Path(__file__).parent.parent / "data"
PLAIN = ["orientation/{}.md", "ethics/2021-07/summary_{}.md"]
PAIRS = [*PLAIN, "ethics/2021-07/{}.md"]
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def table(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def text(name: str, language: str) -> str:
    return (DATA / name.format(language)).read_text(encoding="utf-8")


def prose(name: str, language: str) -> str:
    """The text as it is read, its numbers filled in, headings left out: a short line flatters a measure."""
    filled = PLACEHOLDER.sub("100", text(name, language))
    body = [block for block in blocks(filled) if block.kind not in ("title", "heading")]
    return "\n".join(line for block in body for line in (block.items or [block.text]))


@pytest.mark.parametrize("name", PLAIN)
def test_english_is_plain(name):
    assert grade(prose(name, "en")) <= HARDEST_GRADE
    assert jargon(prose(name, "en"), "en") == []


@pytest.mark.parametrize("name", PLAIN)
def test_spanish_is_plain(name):
    assert inflesz(prose(name, "es")) >= HARDEST_INFLESZ
    assert jargon(prose(name, "es"), "es") == []


@pytest.mark.parametrize("name", PAIRS)
def test_both_languages_say_the_same_things(name):
    english, spanish = (blocks(text(name, language)) for language in ("en", "es"))
    assert [(block.kind, len(block.items)) for block in english] == [
        (block.kind, len(block.items)) for block in spanish
    ]
    assert Counter(PLACEHOLDER.findall(text(name, "en"))) == Counter(PLACEHOLDER.findall(text(name, "es")))


def test_orientation_is_short_and_takes_its_numbers_from_the_standards():
    english = text("orientation/{}.md", "en")
    assert 700 <= len(words(english)) <= 1100
    keys = {row["key"].replace(".", "_") for row in table("standards")}
    assert set(PLACEHOLDER.findall(english)) <= keys
    for language in ("en", "es"):
        body = re.sub(r"^## \d+", "##", text("orientation/{}.md", language), flags=re.MULTILINE)
        assert not re.search(r"\d", body), "a number of the program belongs in the standards"


def test_the_code_says_what_of_it_is_not_yet_the_official_text():
    for language in ("en", "es"):
        title, note, *rest = blocks(text("ethics/2021-07/{}.md", language))
        assert (title.kind, note.kind) == ("title", "note")
        assert sum(block.kind == "heading" for block in rest) == 18


def test_blocks():
    assert blocks("# A\n\n> b\n> c\n\n## D\n\ne\nf\n\n- g\n- <b>h</b>\n") == [
        Block("title", "A"),
        Block("note", "b c"),
        Block("heading", "D"),
        Block("paragraph", "e f"),
        Block("list", items=("g", "<b>h</b>")),
    ]


def test_both_counts_of_participating_counties_are_kept():
    counted = sum(row["participating"] == "yes" for row in table("counties"))
    told = {row["told_by"]: int(row["counties"]) for row in table("participation")}
    assert len(table("counties")) == 58
    assert told["table of the state's page"] == counted == 51
    assert told["narrative of the state's page"] == 52


def test_every_participating_county_has_a_plan():
    participating = {row["fips"] for row in table("counties") if row["participating"] == "yes"}
    plans = {row["code"]: row for row in table("plans")}
    covered = [fips for row in plans.values() if row["kind"] != "city" for fips in row["counties"].split()]
    assert sorted(covered) == sorted(participating)
    assert plans["sutter-yuba"]["counties"].split() == ["06101", "06115"]
    assert {code for code, row in plans.items() if row["kind"] == "city"} == {"berkeley", "tri-city"}


@pytest.mark.parametrize("name", ["identity_kinds", "education_kinds"])
def test_kinds_have_both_labels(name):
    rows = table(name)
    assert len({row["code"] for row in rows}) == len(rows)
    assert all(row["label_en"] and row["label_es"] for row in rows)


def test_no_kind_of_identity_paper_tells_immigration_status():
    labels = " ".join(row["label_en"].lower() for row in table("identity_kinds"))
    assert not re.search("resident|visa|immigra|refugee|asylum|citizen|alien|social security", labels)


@pytest.mark.parametrize("name", ["competencies", "specializations", "exam_areas"])
def test_program_lists_have_spanish_names(name):
    assert all(row["name"] and row["name_es"] for row in table(name))


def test_holidays_cover_every_year_and_move_from_sunday_to_monday():
    days = {date.fromisoformat(row["day"]): row["name"] for row in table("holidays")}
    assert Counter(day.year for day, name in days.items() if "observed" not in name) == dict.fromkeys(
        range(2022, 2031), 11
    )
    for day, name in days.items():
        if day.weekday() == 6:
            assert days[date.fromordinal(day.toordinal() + 1)] == f"{name} (observed)"
    assert days[date(2025, 11, 28)] == "Day after Thanksgiving"
    assert days[date(2023, 11, 10)] == "Veterans Day (observed)"
