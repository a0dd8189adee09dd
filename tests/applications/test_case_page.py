"""The case page as staff meet it: who may open it, what it shows, and what its buttons do."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications import actions
from applications.models import Application
from certification.models import AuditEvent, Hold, Notice
from certification.notices import deliver
from certification.staff import queues_for
from certification.steps import record
from tests import factories
from tests.applications.cases import a_minute_passes, accept_all, propose, refuse

S = Application.Status


@pytest.fixture(autouse=True)
def signed_in_with_one_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


def url(name, application, *args):
    return reverse(f"admin:applications_application_{name}", args=[application.pk, *args])


def test_from_the_desk_to_an_approval(client, filed, rae):
    client.force_login(rae)
    queue = client.get(reverse("admin:index")).context["queues"][0]
    assert queue["waiting"] == 1
    assert f"/{filed.pk}/change/" in client.get(queue["url"]).content.decode()
    client.post(reverse("admin:applications_application_next"))
    assert client.get(reverse("admin:index")).context["work"][0][0].label == "Pat Doe"
    for requirement in filed.requirements.all():
        client.post(url("mark", filed, requirement.kind), {"accept": "1"})
    page = client.get(url("change", filed)).content.decode()
    assert "Approve and send the letter" in page
    client.post(url("act", filed, "approve"))
    a_minute_passes()
    filed.refresh_from_db()
    assert filed.status == S.APPROVED


def test_asking_shows_the_letter_before_it_leaves(client, filed, rae):
    actions.claim(filed, by=rae)
    accept_all(filed, rae)
    client.force_login(rae)
    client.post(url("mark", filed, "identity"), {"reason": "id-unreadable", "note": "The edge is <dark>."})
    page = client.get(url("change", filed)).content.decode()
    assert "We looked at your application" in page
    assert "The edge is &lt;dark&gt;." in page
    client.post(url("act", filed, "ask"))
    a_minute_passes()
    filed.refresh_from_db()
    assert filed.status == S.MORE_ASKED


def test_a_mark_without_a_reason_changes_nothing(client, filed, rae):
    actions.claim(filed, by=rae)
    client.force_login(rae)
    for sent in (
        {},
        {"reason": "no-such"},
        {"reason": "code-refused"},
        {"reason": "id-unreadable", "note": "x" * 1001},
    ):
        client.post(url("mark", filed, "identity"), sent)
    assert filed.requirements.get(kind="identity").status == "waiting"


def test_a_denial_is_proposed_by_one_and_decided_by_another(client, filed, rae, lee):
    actions.claim(filed, by=rae)
    refuse(filed, "diploma-not-equal", rae)
    client.force_login(rae)
    client.post(url("propose_denial", filed), {"grounds": "It is a diploma of attendance."})
    assert client.post(url("decide_denial", filed), {"agree": "1"}).status_code == 403
    client.force_login(lee)
    page = client.get(url("change", filed)).content.decode()
    assert "Agree: deny and send the letter" in page
    assert "Your application was not approved" in page
    client.post(url("decide_denial", filed), {"agree": "1"})
    a_minute_passes()
    filed.refresh_from_db()
    assert filed.status == S.DENIED


def test_a_lead_who_proposed_sees_no_button_to_decide(client, filed, lee):
    actions.claim(filed, by=lee)
    propose(filed, lee)
    client.force_login(lee)
    assert "Agree: deny" not in client.get(url("change", filed)).content.decode()
    client.post(url("decide_denial", filed), {"agree": "1"})
    filed.refresh_from_db()
    assert filed.status == S.IN_REVIEW
    assert client.get(reverse("admin:index")).context["queues"][1]["waiting"] == 0


def test_the_lead_reviewer_opens_and_ends_a_hold(client, filed, lee):
    client.force_login(lee)
    day = (timezone.localdate() + timedelta(days=10)).isoformat()
    hold = {"kind": "facts", "note": "Check.", "review_on": day}
    assert client.post(url("open_hold", filed), hold).url == url("change", filed)
    assert "Why do you open it?" in client.get(url("change", filed)).content.decode()
    assert not Hold.objects.exists()
    actions.open_by_name(filed, by=lee, reason="hold")
    client.post(url("open_hold", filed), hold)
    opened = Hold.objects.get()
    assert "End the hold" in client.get(url("change", filed)).content.decode()
    client.post(url("end_hold", filed, opened.pk), {"reason": ""})
    opened.refresh_from_db()
    assert opened.ended_at is None
    assert "Hold open" in client.get(url("change", filed)).content.decode()
    client.post(url("end_hold", filed, opened.pk), {"reason": "Checked with the school."})
    opened.refresh_from_db()
    assert opened.ended_by == lee
    after = client.get(url("change", filed)).content.decode()
    assert "Hold open" not in after
    assert "Checked with the school." in after


def test_a_hold_comes_back_to_the_desk_on_its_day(client, filed, lee, time_machine):
    client.force_login(lee)
    day = timezone.localdate() + timedelta(days=10)
    actions.open_hold(filed.person, kind=Hold.Kind.FACTS, note="Check.", review_on=day, by=lee)

    def waiting():
        return sum(queue["waiting"] for queue in queues_for(lee) if queue["label"] == "Holds to look at again")

    assert waiting() == 0
    time_machine.move_to(timezone.localtime() + timedelta(days=10))
    assert waiting() == 1


@pytest.mark.parametrize("day", ["", "yesterday", "2020-01-01", "2999-01-01"])
def test_a_hold_needs_a_day_to_look_again(client, filed, lee, day):
    client.force_login(lee)
    actions.open_by_name(filed, by=lee, reason="hold")
    response = client.post(url("open_hold", filed), {"kind": "facts", "note": "Check.", "review_on": day})
    assert response.status_code == 200
    assert not Hold.objects.exists()


# --- who may open it -----------------------------------------------------------------------------------------------
VERBS = [
    ("act", "claim"),
    ("act", "release"),
    ("act", "ask"),
    ("act", "approve"),
    ("mark", "identity"),
    ("propose_denial",),
    ("decide_denial",),
    ("open_hold",),
    ("end_hold", 1),
]


@pytest.mark.parametrize(
    "role", ["training desk", "accommodation desk", "exam desk", "registrar", "finance", "reporting", "administrator"]
)
def test_other_desks_open_no_case(client, filed, role):
    client.force_login(factories.staff(role))
    assert client.get(url("change", filed)).status_code == 403
    for name, *args in VERBS:
        assert client.post(url(name, filed, *args)).status_code == 403
    filed.refresh_from_db()
    assert filed.status == S.SUBMITTED


def test_the_person_opens_no_case(client, filed):
    client.force_login(filed.person.user)
    assert client.get(url("change", filed)).status_code == 302
    assert client.post(url("act", filed, "approve")).status_code == 302


def test_staff_do_not_find_their_own_file(client, lee):
    own = record(factories.Person(user=lee, given_name="Lee", family_name="Own"), by=lee, why="begin")
    own.set_birth_date(factories.date(1980, 1, 1))
    own.save()
    application = factories.filed_application(own)
    client.force_login(lee)
    assert (
        "Own" not in client.get(reverse("admin:applications_application_changelist") + "?status=all").content.decode()
    )
    assert client.get(url("change", application)).status_code == 404
    assert (
        client.get(reverse("admin:applications_application_simple_history", args=[application.pk, 1])).status_code
        == 404
    )
    assert client.get(reverse("admin:applications_application_history", args=[application.pk])).status_code == 404
    for name, *args in VERBS:
        assert client.post(url(name, application, *args)).status_code == 404


def test_a_draft_is_nobodys_business(client, pat, rae):
    application = factories.draft(pat)
    client.force_login(rae)
    assert client.get(url("change", application)).status_code == 404


@pytest.mark.parametrize("verb", ["claim", "release", "ask", "approve"])
def test_a_step_is_never_taken_by_opening_a_link(client, filed, rae, verb):
    client.force_login(rae)
    assert client.get(url("act", filed, verb)).status_code == 405


def test_opening_a_case_and_its_papers_is_audited(client, filed, rae):
    actions.deal(by=rae)
    client.force_login(rae)
    page = client.get(url("change", filed))
    paper = page.context["documents"][0]["document"]
    assert client.get(reverse("certification:document_page", args=[paper.public_id, 1])).status_code == 200
    seen = AuditEvent.objects.filter(actor_id=rae.pk).values_list("action", "subject")
    assert ("opened case", f"applications.application:{filed.pk}") in seen
    assert ("opened document", f"certification.document:{paper.pk}") in seen


def test_nothing_about_changes_in_the_exam_is_visible(client, filed, rae, lee):
    actions.claim(filed, by=rae)
    accept_all(filed, rae)
    actions.approve(filed, by=rae)
    actions.add_days(filed, 9, why="days we took are given back")
    Notice.objects.create(recipient=filed.person.user, name="accommodation-granted", language="en", key="canary")
    for member in (rae, lee):
        client.force_login(member)
        page = client.get(url("change", filed)).content.decode().lower()
        for word in ("accommodation", "days we took", "given back"):
            assert word not in page


OVERHEAD = 2  # session, and who is signed in with their rights: the same on every page


def asked_for(client, address):
    """How many questions the database is asked for a page, but for the marks of its transactions."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return sum("SAVEPOINT" not in query["sql"] for query in asked) - OVERHEAD


@pytest.mark.parametrize("rows", [1, 3])
def test_desk_and_queue_ask_the_database_alike(client, rae, rows):
    for number in range(rows):
        application = factories.filed_application(factories.person("Pat", f"Doe{number}"))
        actions.claim(application, by=rae)
    client.force_login(rae)
    assert asked_for(client, reverse("admin:applications_application_changelist")) == 3
    assert (
        asked_for(client, reverse("admin:index")) == 3
    )  # the counts of its queues, the cases in hand, and the file to read second


@pytest.mark.parametrize("language", ["en", "es"])
def test_staff_see_what_the_person_sees_in_their_language_and_press_nothing(client, filed, rae, language):
    record(filed.person.user, by=None, why="test", language=language)
    actions.claim(filed, by=rae)
    accept_all(filed, rae)
    refuse(filed, "id-unreadable", rae)
    actions.ask_for_more(filed, by=rae)
    deliver(filed.asked_notice_id)
    client.force_login(rae)
    page = client.get(url("as_person", filed)).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert {"en": "We cannot read the photo", "es": "No podemos leer la foto"}[language] in main
    assert "<form" not in main
    assert set(re.findall(r'href="([^"]+)"', main)) <= {
        url("change", filed),
        reverse("reporting:service_times"),
        "/es/service-times/",
    }
    assert AuditEvent.objects.filter(actor_id=rae.pk, action="opened case").exists()


def test_who_was_not_dealt_the_file_does_not_see_the_page_either(client, filed, rae):
    client.force_login(rae)
    assert client.get(url("as_person", filed))["Location"].startswith(url("change", filed))
