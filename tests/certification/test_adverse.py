"""Every act against a person leaves only with a letter that says what, by which rule, on what it rests, and how to appeal."""

import re

import pytest
from django.conf import settings
from django.utils import timezone

from certification import notices
from certification.adverse import ADVERSE_NOTICES
from certification.models import Notice

LETTERS = settings.BASE_DIR / "templates" / "notices"
INCLUDES = '{% include "notices/_adverse.txt"'


def test_the_list_and_the_templates_agree():
    including = {path.stem for path in LETTERS.glob("[!_]*.txt") if INCLUDES in path.read_text(encoding="utf-8")}
    assert including == ADVERSE_NOTICES


@pytest.mark.parametrize("name", sorted(ADVERSE_NOTICES))
def test_an_adverse_letter_says_everything(name, pat):
    notice = notices.notify(pat.user, name, CONTEXT, key=name)
    subject, body = notices.render(notice, timezone.localdate())
    assert subject
    parts = re.split(r"^(WHAT WE DECIDED|THE RULE|WHAT IT RESTS ON|IF YOU DO NOT AGREE.*)$", body, flags=re.M)
    assert len(parts) == 9
    assert all(len(part.strip()) > 20 for part in parts[2::2])
    for words in (
        f"/appeals/{notice.public_id}/",
        "ask us how long you have",
        "took no part",
        "Get help from a person",
    ):
        assert words in body


CONTEXT = {
    "items": [
        {
            "label": "Diploma",
            "citation": "WIC 14045.15(a)",
            "outcome": "decline",
            "reason_en": "Not a diploma.",
            "reason_es": "No es un diploma.",
            "note": "",
        }
    ],
    "grounds": "The paper is not a diploma.",
    "asked": False,
    "kind": "facts",
    "review_on": "2027-01-15",
    "was_due_on": "2026-11-01",
    "asked_on": "2026-09-01",
    "reminded_on": "2026-10-01",
    "ran_out_on": "2026-11-01",
    "approved_on": "2025-11-01",
    "months": 12,
    "decision": "The request could not be granted.",
    "left": 0,
    "attempts": 3,
    "sat_on": "2026-11-01",
    "void": "no_show",
    "until": "2026-11-01",
    "hours": 60,
    "reason": "The provider was not approved on the first day of the training.",
    "reasons": ["The provider was not approved on the first day of the training."],
    "problems": ["The provider was not approved on the first day of the training."],
    "note": "",
    "words": "The provider was not approved on the first day of the training.",
    "starts": "2026-05-01",
    "ends": "2026-05-12",
    "provider": "Peers Learn",
}


def test_a_translation_nobody_has_checked_goes_out_with_the_english(pat):
    pat.user.language = "es"
    notice = notices.notify(pat.user, "hold-opened", CONTEXT, key="hold-opened:1")
    assert not notices.is_checked("hold-opened", "es")
    _subject, body = notices.render(notice, timezone.localdate())
    assert "Your certificate has to wait" in body
    assert body.count("/appeals/") == 2
    assert f"/es/appeals/{notice.public_id}/" in body


def test_good_news_goes_out_in_one_language(pat):
    pat.user.language = "es"
    notice = notices.notify(pat.user, "hold-ended", {"kind": "facts"}, key="hold-ended:1")
    assert "-----" not in notices.render(notice, timezone.localdate())[1]


def test_letters_write_names_as_they_are(pat):
    pat.given_name = "D'Arcy <3"
    pat.user.person = pat
    notice = Notice(recipient=pat.user, name="hold-ended", language="en", context={"values": {}, "periods": {}})
    assert "Dear D'Arcy <3," in notices.render(notice, timezone.localdate())[1]
