import pytest

from tests.bench.accounts import PAGES, measure


@pytest.mark.bench
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("fresh_cache")
def test_the_clock_does_not_tell_who_has_an_account():
    medians = measure()
    print(medians)
    for page in PAGES:
        assert abs(medians[f"{page}_known_ms"] - medians[f"{page}_unknown_ms"]) < 10, medians
