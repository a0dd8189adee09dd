"""The invented people of the demonstration and the bench."""

from collections import Counter

import pytest
from django.db import DatabaseError, transaction
from psycopg.errors import UniqueViolation

from certification.models import Certification, Overturning, Person, SearchName, Standing, Term
from certification.names import search_keys
from certification.queries import today
from certification.signing import signed
from demo.bulk import FATES, copy_in

pytestmark = pytest.mark.django_db


def test_a_handful_of_people_already_shows_every_standing():
    copy_in(2 * len(FATES), seed=1)
    standings = Counter(Certification.objects.with_standing(today()).values_list("standing", flat=True))
    assert set(standings) == set(Standing.values)
    assert Overturning.objects.exists()


def test_the_first_is_always_maria_garcia_lopez_and_active():
    copy_in(1, seed=5)
    only = Certification.objects.with_standing(today()).get()
    assert (only.person.legal_name, only.standing) == ("Maria García-López", Standing.ACTIVE)
    assert set(SearchName.objects.values_list("key", flat=True)) == search_keys("Maria", "", "García-López")


def test_the_same_seed_gives_the_same_people():
    copy_in(30, seed=3)
    once = [str(person) for person in Person.objects.order_by("pk")]
    numbers = set(Certification.objects.values_list("number", flat=True))
    with pytest.raises(UniqueViolation), transaction.atomic():
        copy_in(30, seed=3)
    copy_in(30, seed=4)
    assert len(once) == 30
    assert len(numbers) == 30


@pytest.mark.parametrize("seed", [1, 2])
def test_invented_rows_keep_what_real_ones_keep(seed):
    copy_in(300, seed=seed)
    assert Term.objects.filter(starts__gt=today()).count() < 10
    with signed(None, "test"), pytest.raises(DatabaseError), transaction.atomic():
        Term.objects.update(expires_on=today())
