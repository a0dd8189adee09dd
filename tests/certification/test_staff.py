"""The staff side: what its records refuse, what its desk shows, and what takes two people."""

from datetime import timedelta

import pytest
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from certification.actions import issue
from certification.models import Notice, Recovery, RoleChange, Standard
from certification.staff import ListAdmin, RecordAdmin
from tests import factories

RECORDS = [model for model, model_admin in site._registry.items() if isinstance(model_admin, RecordAdmin)]


@pytest.fixture(autouse=True)
def signed_in_with_one_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def boss(db):
    """Somebody with every permission there is: what is refused here is refused to all."""
    return factories.user("boss@example.org", is_staff=True, is_superuser=True)


def test_every_record_is_one_of_ours():
    assert all(isinstance(model_admin, RecordAdmin | ListAdmin) for model_admin in site._registry.values())


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model._meta.label_lower)
def test_no_record_is_rewound_through_its_history(client, boss, model):
    client.force_login(boss)
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    response = client.post(reverse(f"{base}_simple_history", args=[1, 1]), {"value": "changed"})
    assert response.status_code in (403, 404)


def test_a_standard_is_not_rewound(client, boss):
    client.force_login(boss)
    row = Standard.objects.first()
    url = reverse("admin:certification_standard_simple_history", args=[row.pk, row.history.first().history_id])
    assert client.get(url).status_code == 200
    assert client.post(url, {"value": "1", "key": row.key}).status_code == 403
    assert Standard.objects.get(pk=row.pk).value == row.value


@pytest.mark.parametrize("model", site._registry, ids=lambda model: model._meta.label_lower)
def test_nothing_is_deleted(client, boss, model):
    client.force_login(boss)
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=[1])
    assert client.post(url, {"post": "yes"}).status_code in (302, 403, 404)
    row = model.objects.first()
    if row:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=[row.pk])
        assert client.post(url, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model._meta.label_lower)
def test_no_record_is_edited_in_a_form(client, boss, model):
    model_admin = site._registry[model]
    assert not model_admin.has_change_permission(None)
    assert not model_admin.has_delete_permission(None)
    assert not model_admin.get_inlines(None, None)
    assert not model_admin.list_editable


@pytest.mark.parametrize("model", site._registry, ids=lambda model: model._meta.label_lower)
def test_every_list_opens(client, boss, model):
    client.force_login(boss)
    response = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
    assert response.status_code == 200
    assert b"<style" not in response.content
    assert b' style="' not in response.content


@pytest.mark.parametrize(
    "query", ["?q=%00", "?status=%00", "?status=x", "?whose=%00", "?p=-1", "?o=x.y", "?e=1", "?no=such"]
)
def test_a_list_survives_what_is_typed_into_its_address(client, boss, query):
    client.force_login(boss)
    response = client.get(reverse("admin:applications_application_changelist") + query)
    assert response.status_code in (200, 302, 400)


def test_the_desk_shows_only_what_the_role_opens(client, rae):
    client.force_login(rae)
    page = client.get(reverse("admin:index")).content.decode()
    assert "Applications to review" in page
    assert "Denials to decide" not in page
    assert "Changes of role" not in page


def test_the_desk_opens_for_staff_who_have_a_password(client, rae):
    rae.set_password("long enough to be one")
    rae.save()
    client.force_login(rae)
    assert client.get(reverse("admin:index")).status_code == 200


def test_notices_show_that_something_was_said_never_what(client, boss, pat):
    from certification.notices import notify

    notice = notify(pat.user, "hold-ended", {"kind": "facts", "canary": "CANARY"}, key="hold-ended:1")
    client.force_login(boss)
    page = client.get(reverse("admin:certification_notice_change", args=[notice.pk])).content.decode()
    assert "hold-ended" in page
    assert "CANARY" not in page


def test_notices_about_changes_in_the_exam_stay_with_their_desk(client, ann, pat):
    Notice.objects.create(
        recipient=pat.user, name="accommodation-granted", language="en", key="accommodation-granted:1"
    )
    client.force_login(ann)
    assert "accommodation" not in client.get(reverse("admin:certification_notice_changelist")).content.decode()


# --- standards -----------------------------------------------------------------------------------------------------
def add(client, **changes):
    values = {
        "key": "fee.application",
        "value": "12000",
        "effective_from": (timezone.localdate() + timedelta(days=30)).isoformat(),
        "citation": "fee schedule of next year",
        "basis": "text",
    }
    return client.post(reverse("admin:certification_standard_add"), values | changes)


def test_the_next_value_of_a_standard_is_added_ahead(client, ann):
    client.force_login(ann)
    assert add(client).status_code == 302
    row = Standard.objects.get(key="fee.application", value="12000")
    assert row.unit == "cents"
    assert row.history.get().history_user == ann


@pytest.mark.parametrize(
    "changes",
    [
        {"effective_from": timezone.localdate().isoformat()},
        {"value": "a lot"},
        {"key": "no.such"},
        {"citation": ""},
    ],
)
def test_a_value_that_cannot_count_is_refused(client, ann, changes):
    client.force_login(ann)
    before = Standard.objects.count()
    assert add(client, **changes).status_code == 200
    assert Standard.objects.count() == before


def test_a_lead_reviewer_reads_standards_and_sets_none(client, lee):
    client.force_login(lee)
    assert client.get(reverse("admin:certification_standard_changelist")).status_code == 200
    assert add(client).status_code == 403


# --- two people ----------------------------------------------------------------------------------------------------
def test_a_role_takes_two_administrators(client, ann, max):
    client.force_login(ann)
    client.post(
        reverse("admin:certification_rolechange_add"),
        {"user": max.user.email, "role": "reviewer", "grant": "yes", "reason": "new colleague"},
    )
    change = RoleChange.objects.get()
    decide = reverse("admin:certification_rolechange_decide", args=[change.pk])
    client.post(decide, {"agree": "1"})
    assert not max.user.groups.exists()
    client.force_login(factories.staff("administrator"))
    assert client.get(reverse("admin:certification_rolechange_change", args=[change.pk])).status_code == 200
    client.post(decide, {"agree": "1"})
    assert max.user.groups.get().name == "reviewer"


def test_an_account_is_given_back_by_two(client, ann, pat, mail_sink):
    client.force_login(ann)
    client.post(
        reverse("admin:certification_recovery_add"),
        {"user": pat.user.email, "new_email": "new@example.org", "identity_check": "ID shown in a video call"},
    )
    recovery = Recovery.objects.get()
    decide = reverse("admin:certification_recovery_decide", args=[recovery.pk])
    client.post(decide, {"agree": "1"})
    pat.user.refresh_from_db()
    assert pat.user.email != "new@example.org"
    client.force_login(factories.staff("administrator"))
    client.post(decide, {"agree": "1"})
    pat.user.refresh_from_db()
    assert pat.user.email == "new@example.org"


@pytest.mark.parametrize("name", ["rolechange", "recovery"])
def test_a_reviewer_opens_neither(client, rae, name):
    client.force_login(rae)
    assert client.get(reverse(f"admin:certification_{name}_add")).status_code == 403
    assert client.get(reverse(f"admin:certification_{name}_changelist")).status_code == 403


def test_rights_come_from_roles_alone(rae):
    rae.user_permissions.add(Permission.objects.get(codename="decide_denial"))
    rae = get_user_model().objects.get(pk=rae.pk)
    assert rae.has_perm("applications.review_application")
    assert not rae.has_perm("applications.decide_denial")


@pytest.mark.parametrize("view", ["change", "delete"])
def test_an_address_that_names_no_field_is_answered(view, client, roy, pat):
    certification = issue(pat, by=None, why="test")
    client.force_login(roy)
    answer = client.get(f"/admin/certification/certification/{certification.pk}/{view}/?_to_field=")
    assert answer.status_code == {"change": 200, "delete": 403}[view]
