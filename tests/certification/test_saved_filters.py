"""Lists of the desk that a reader narrowed and kept."""

import pytest
from django.urls import reverse

from certification.models import SavedFilter
from tests import factories

pytestmark = pytest.mark.django_db
LIST = reverse("admin:applications_application_changelist")
SAVE = reverse("admin:save_filter", args=["applications.application"])


@pytest.fixture
def desk(client, rae):
    client.force_login(rae)
    return client


def kept(desk, name="Mine, late", query="whose=mine"):
    return desk.post(SAVE, {"name": name, "query": query})


def test_a_narrowed_list_is_kept_under_a_name_and_found_again(desk, rae):
    page = desk.get(f"{LIST}?whose=mine").content.decode()
    assert "Keep this filter as" in page
    assert kept(desk).headers["Location"] == f"{LIST}?whose=mine"
    page = desk.get(f"{LIST}?whose=mine").content.decode()
    assert "Mine, late" in page
    assert "Keep this filter as" not in page
    assert f'href="{LIST}?whose=mine"' in desk.get(LIST).content.decode()


def test_the_same_name_replaces_and_what_was_searched_for_is_not_kept(desk, rae):
    kept(desk)
    kept(desk, query="whose=overdue&q=Maria+Ruiz&p=3")
    assert SavedFilter.objects.get(user=rae).query == "whose=overdue"


def test_a_filter_without_a_name_or_too_long_is_not_kept(desk):
    for name, query in (("", "whose=mine"), ("x" * 41, "whose=mine"), ("x", "a=" + "1" * 500)):
        assert kept(desk, name, query).headers["Location"] == LIST
    assert not SavedFilter.objects.exists()


def test_a_filter_is_forgotten_by_its_reader_alone(desk, rae, client):
    kept(desk)
    forget = reverse("admin:forget_filter", args=[SavedFilter.objects.get().pk])
    client.force_login(factories.staff("reviewer"))
    assert "Mine, late" not in client.get(LIST).content.decode()
    assert client.post(forget).status_code == 404
    client.force_login(rae)
    assert client.post(forget).headers["Location"] == LIST
    assert not SavedFilter.objects.exists()


def test_nobody_keeps_a_filter_of_a_list_that_is_not_theirs(desk):
    for label, status in (("certification.refund", 403), ("no.list", 404), ("sessions.session", 404)):
        assert desk.post(reverse("admin:save_filter", args=[label]), {"name": "x", "query": ""}).status_code == status
