"""English and Spanish: complete in both, plain in both, and marked with who checked it."""

import csv
import re
import shutil
import subprocess
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
import simple_history
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext

from applications import actions
from applications.rules import page_named
from certification import notices
from certification.models import Notice
from tests.readability import HARDEST_GRADE, HARDEST_INFLESZ, grade, inflesz, jargon, words
from tests.watch.forms import in_spanish, is_for_people
from tests.watch.table import BROWSED, STAFF
from tests.watch.world import WRITING

ROOT = settings.BASE_DIR
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
ENTRY = re.compile(
    r'((?:#.*\n)*)(?:msgctxt (?:".*"\n)+)?msgid ((?:".*"\n)+)(?:msgid_plural (?:".*"\n)+)?((?:msgstr(?:\[\d\])? (?:".*"\n?)+)+)'
)
NOISE = 30  # words: under these a measure says nothing
gettext_tools = pytest.mark.skipif(
    not shutil.which("xgettext"), reason="no gettext on this machine: apt install gettext"
)


def entries(path):
    """(text, is translated, is fuzzy) of each entry but the heading."""
    for comments, said, translated in ENTRY.findall(path.read_text(encoding="utf-8")):
        text = "".join(re.findall(r'"(.*)"', said))
        parts = re.split(r"msgstr(?:\[\d\])? ", translated)[1:]
        if text:
            yield text, all("".join(re.findall(r'"(.*)"', part)) for part in parts), ", fuzzy" in comments


@gettext_tools
def test_everything_the_portal_says_is_translated(tmp_path):
    """The catalogue made afresh from the code as it is now has no empty and no doubtful entry."""
    for tracked in subprocess.check_output(
        ["git", "ls-files", "*.py", "*.html", "*.txt", "*.po"], cwd=ROOT, text=True
    ).split("\n"):
        if tracked and not tracked.startswith("tests/"):
            (tmp_path / tracked).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / tracked, tmp_path / tracked)
    make = [sys.executable, "-m", "django", "makemessages", "--all", "--no-obsolete", "--no-location"]
    subprocess.run(make, cwd=tmp_path, check=True, capture_output=True)
    made = sorted(tmp_path.glob("locale/*/LC_MESSAGES/*.po"))
    assert made
    found = [text for path in made for text, translated, fuzzy in entries(path) if fuzzy or not translated]
    assert found == []


@gettext_tools
@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_what_is_compiled_is_what_is_written(path):
    compiled = subprocess.check_output(["msgfmt", "--check-format", "--output-file=-", path])
    assert compiled == path.with_suffix(".mo").read_bytes()


def test_the_words_of_simple_history_are_ours_to_translate():
    """It speaks no Spanish: whatever it says in any language it knows, and says still, our catalogue or Django's translates."""
    theirs = Path(simple_history.__file__).parent
    files = [path for kind in ("*.py", "*.html") for path in theirs.rglob(kind)]
    said = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", "".join(path.read_text(encoding="utf-8") for path in files))
    known = {text for path in theirs.glob("locale/*/LC_MESSAGES/*.po") for text, _translated, _fuzzy in entries(path)}
    words = {text.replace('\\"', '"') for text in known if text in said or text.replace('\\"', '"') in said}
    assert len(words) > 15
    with translation.override("es"):
        missing = {text for text in words if gettext(text) == text}
    assert missing == set()


def test_who_checked_a_translation_is_written_with_the_day():
    with (ROOT / "locale" / "checked.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert (ROOT / "templates" / "notices" / f"{row['template']}.txt").exists()
            assert row["language"] in dict(settings.LANGUAGES)
            assert bool(row["checked_by"]) == bool(row["checked_on"])
            assert not row["checked_on"] or date.fromisoformat(row["checked_on"]) <= timezone.localdate()


# --- plain words -----------------------------------------------------------------------------------------------------
class _Prose(HTMLParser):
    """What a person reads in <main>: one line for each block. What is quoted, typed or chosen is left out."""

    BLOCKS = {
        "p",
        "li",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "td",
        "th",
        "legend",
        "label",
        "button",
        "summary",
        "div",
        "section",
        "br",
        "a",
    }
    SILENT = {
        "script",
        "style",
        "option",
        "select",
        "textarea",
        "svg",
        "h1",
        "h2",
        "h3",
        "h4",
        "dt",
        "th",
        "nav",
        "table",
        "button",
        "label",
        "legend",
    }
    VOID = {"br", "img", "input", "hr", "meta", "link", "source", "track", "wbr"}

    def __init__(self):
        super().__init__()
        self.text, self.stack = [], []

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag in self.VOID:
            return
        quiet = tag in self.SILENT or "data-quoted" in names or "hidden" in names or names.get("aria-hidden") == "true"
        self.stack.append((tag, quiet, tag == "main"))

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass
        if tag in self.BLOCKS - {"a"}:
            self.text.append("\n")

    def handle_data(self, data):
        inside = any(main for _tag, _quiet, main in self.stack)
        if inside and not any(quiet for _tag, quiet, _main in self.stack):
            self.text.append(re.sub(r"\s+", " ", data))


def prose(html):
    reader = _Prose()
    reader.feed(html)
    lines = (line.strip() for line in "".join(reader.text).split("\n"))
    return "\n".join(line for line in lines if len(words(line)) > 3)


def hard(text, language):
    """What is wrong with how ``text`` reads, in words; empty when it is plain."""
    if banned := jargon(text, language):
        return f"says {banned}"
    if len(words(text)) < NOISE:
        return ""
    measure, is_plain = (
        (grade, lambda value: value <= HARDEST_GRADE)
        if language == "en"
        else (inflesz, lambda value: value >= HARDEST_INFLESZ)
    )
    return "" if is_plain(measure(text)) else f"{measure.__name__} {measure(text):.1f}"


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_for_people_is_plain(language, walked, world):
    found, seen = {}, set()
    for role in [role for role in BROWSED if role not in STAFF]:
        # Letters are read by themselves below.
        pages = [(url, html) for url, html in walked[role] if is_for_people(url) and not url.startswith("/letters/")]
        for url, html in pages if language == "en" else in_spanish(role, pages, world):
            text = prose(html)
            if text not in seen and (why := hard(text, language)):
                found[f"{role} {url}"] = why
            seen.add(text)
    assert "\n".join(f"{page}: {why}" for page, why in found.items()) == ""


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_letter_is_plain(language, world):
    found, today = {}, timezone.localdate()
    letters = Notice.objects.filter(helps_until=None).order_by("name").distinct("name")
    bodies = {notice.name: notices._render_in(language, notice, today)[1] for notice in letters}
    draft = world.people[WRITING].applications.open().get()
    name, context = actions.asking_mail(draft, page_named("education"))
    bodies[name] = notices.preview(None, name, context, language=language)["body"]
    for name, body in bodies.items():
        text = "\n".join(line for line in re.sub(r"(?<!\n)\n(?!\n)", " ", body).split("\n") if "http" not in line)
        if why := hard(text, language):
            found[name] = why
    assert found == {}


def test_a_hard_text_is_found():
    """The control: the tongue of offices fails in both languages, and plain words pass."""
    english = "The adjudication of eligibility determinations necessitates comprehensive documentation. " * 5
    spanish = "La institución certificadora comunicará fehacientemente la denegación correspondiente. " * 5
    assert hard(english, "en")
    assert hard(spanish, "es")
    assert not hard("We look at what you sent. You hear from us soon. " * 5, "en")
