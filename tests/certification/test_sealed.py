"""Sealed columns read as nothing outside, and open at one place only."""

import base64
import os
import uuid
from datetime import date

import pytest
from django.db import connection

from certification.models import Person
from certification.sealed import Unreadable, fingerprint, seal, unseal
from certification.steps import record
from tests import factories


def raw(pk):
    with connection.cursor() as cursor:
        cursor.execute("SELECT birth_date FROM certification_person WHERE id = %s", [pk])
        return bytes(cursor.fetchone()[0])


def test_what_is_sealed_opens_again(pat):
    assert Person.objects.get(pk=pat.pk).birth_date == date(1990, 5, 17)


def test_the_table_and_its_history_hold_no_plain_value(pat):
    assert b"1990" not in raw(pat.pk)
    assert pat.history.get().birth_date == date(1990, 5, 17)


def test_equal_values_read_differently(pat):
    other = factories.person("Ana", "Ruiz")
    assert raw(pat.pk) != raw(other.pk)
    assert pat.birth_date_mac == other.birth_date_mac == fingerprint("1990-05-17")


def test_a_value_moved_to_another_row_does_not_open(pat):
    other = factories.person("Ana", "Ruiz")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE certification_person SET birth_date = %s WHERE id = %s", [raw(pat.pk), other.pk])
    with pytest.raises(Unreadable):
        assert Person.objects.get(pk=other.pk).birth_date


def test_an_altered_value_does_not_open():
    place = f"a.b.c:{uuid.uuid4()}"
    sealed = bytearray(seal(b"secret", place))
    sealed[-1] ^= 1
    with pytest.raises(Unreadable):
        unseal(bytes(sealed), place)


def test_an_older_key_still_opens_and_the_newest_seals(settings):
    old = settings.SEALING_KEYS
    sealed = seal(b"secret", "here")
    settings.SEALING_KEYS = [f"newer:{base64.b64encode(os.urandom(32)).decode()}", *old]
    assert unseal(sealed, "here") == b"secret"
    assert seal(b"secret", "here").startswith(b"newer:")


def test_a_deferred_sealed_column_is_read_when_asked_for(pat, django_assert_num_queries):
    person = Person.objects.defer("birth_date").get(pk=pat.pk)
    with django_assert_num_queries(1):
        assert person.birth_date == date(1990, 5, 17)


def test_a_missing_value_stays_missing(db):
    person = factories.person(birth_date=None)
    assert Person.objects.get(pk=person.pk).birth_date is None
    record(person, by=None, why="test", preferred_name="P")
    assert Person.objects.get(pk=person.pk).birth_date is None


def test_nothing_reads_ciphertext_through_values():
    import pathlib
    import re

    sealed = r"birth_date|snapshot|answers|words|grounds|vendor_codes|late_reason|file_key"
    found = [
        f"{path}:{number}"
        for path in pathlib.Path().glob("*/**/*.py")
        if ".venv" not in path.parts and path.parts[0] != "tests"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(rf"\.values(_list)?\([^)]*[\"']({sealed})[\"']", line)
    ]
    assert found == []
