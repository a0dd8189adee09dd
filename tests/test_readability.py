import pytest

from tests.readability import english_syllables, grade, inflesz, jargon, sentences, spanish_syllables, words


def test_grade_of_known_texts():
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59)
    hard = "The adjudication of an application necessitates documentation."
    assert grade(hard) > 15
    assert grade("") == 0


def test_inflesz_of_known_texts():
    assert inflesz("El gato come pescado.") == pytest.approx(206.835 - 62.3 * 8 / 4 - 4)
    law = "La institución certificadora comunicará fehacientemente la denegación correspondiente."
    assert inflesz(law) < 0
    assert inflesz("") == 100


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1), ("name", 1), ("names", 1), ("used", 1), ("wanted", 2), ("table", 2), ("people", 2), ("boxes", 2),
        ("places", 2), ("easy", 2), ("any", 2), ("certificate", 4), ("application", 4), ("family", 3), ("the", 1),
        ("experience", 4), ("you’re", 1), ("Medi-Cal", 3), ("80", 1), ("whole", 1), ("agree", 2),
    ],
)  # fmt: skip
def test_english_syllables(word, count):
    assert english_syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("sol", 1), ("gato", 2), ("aéreo", 4), ("país", 2), ("ciudad", 2), ("guerra", 2), ("pingüino", 3), ("queso", 2),
        ("averiguáis", 4), ("huevo", 2), ("ahora", 3), ("prohibir", 2), ("rey", 1), ("y", 1), ("hoy", 1), ("yo", 1),
        ("certificación", 5), ("leer", 2), ("Raúl", 2), ("construido", 3), ("chiita", 3), ("California", 4), ("GED", 1),
    ],
)  # fmt: skip
def test_spanish_syllables(word, count):
    assert spanish_syllables(word) == count


def test_a_line_and_a_full_stop_end_a_sentence():
    assert len(sentences("We never ask for:\n- your story\n- your status\nYes. Call 1.800!")) == 5
    assert words("A U.S. ID, well-known; $1,000") == ["A", "U.S", "ID", "well-known", "1,000"]


def test_jargon_is_found():
    assert jargon("Pursuant to the rule, we adjudicated it.", "en") == ["Pursuant", "adjudicated"]
    assert jargon("Debe subsanar el error.", "es") == ["subsanar"]
    assert jargon("We look at your form.", "en") == []
