"""Rosters: a provider tells of a training by portal code and name, and the requirement closes; all else waits, or is for staff to say."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from certification.models import AuditEvent, Notice
from certification.queries import today
from certification.standards import add_months, standards_on
from certification.steps import NotReady, WrongState, record
from exams import actions as exams
from exams.rules import exam_problems
from tests import factories
from tests.factories import on_roster, roster, workbook
from training_providers import actions, rosters, tasks
from training_providers.models import RosterRow, TrainingRecord
from training_providers.queries import accepted_core, disowned_records, judge, rows_to_confirm
from training_providers.rules import Fate, days_late, sending_problems

pytestmark = pytest.mark.django_db
S = TrainingRecord.Status


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


@pytest.fixture
def provider(db):
    return factories.provider()


def bring(provider, *rows, by, language="en"):
    """Confirm a roster of these rows; how many had which fate."""
    return factories.confirmed_roster(provider, *rows, by=by, language=language)


def judged(provider, *rows, by, language="en"):
    (one,) = judge(rosters.read(roster(*rows)).lines, provider=provider, language=language, by=by)
    return one


def noon(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


def told(person):
    return Notice.objects.filter(recipient=person.user, name="training-by-provider").count()


# --- code and name close the requirement ---------------------------------------------------------------------------
def test_code_and_name_close_the_requirement_without_an_upload(pat, filed, provider, tia):
    assert bring(provider, on_roster(pat), by=tia) == {"closes": 1}
    training = pat.training_records.get()
    assert (training.status, training.by_roster, training.document) == (S.ACCEPTED, True, None)
    assert (training.decided_by, training.history.first().history_user) == (tia, tia)
    assert accepted_core(pat, standards_on(today())) == training
    assert told(pat) == 1
    assert not RosterRow.objects.exists()


def test_it_opens_the_way_to_the_exam_as_an_accepted_upload_does(pat, provider, tia):
    application = factories.approved_application(pat)
    exams.answer_change_question(application, needed=False, by=pat.user)
    assert any("training" in problem for problem in exam_problems(application))
    bring(provider, on_roster(pat), by=tia)
    assert not any("training" in problem for problem in exam_problems(application))


@pytest.mark.parametrize(
    ("given", "family"),
    [("Maria", "Garcia Lopez"), ("María", "García"), ("López", "María"), ("GARCIA LOPEZ", "MARIA"), ("Maria Elena", "García-López")],
)  # fmt: skip
def test_accents_order_and_a_second_surname_are_tolerated(provider, tia, given, family):
    maria = factories.person("María", "García López")
    factories.filed_application(maria)
    assert bring(provider, on_roster(maria, given=given, family=family), by=tia) == {"closes": 1}


def test_a_code_is_read_however_it_is_typed(pat, filed, provider, tia):
    typed = pat.portal_code.lower().replace("-", " ")
    assert bring(provider, on_roster(pat, code=typed), by=tia) == {"closes": 1}


def test_a_certificate_that_waits_is_answered_by_the_roster(pat, filed, provider, tia):
    sent = factories.sent_training(pat, provider=provider, hours=70)
    actions.ask(sent, words="Which hours?", by=tia)
    assert bring(provider, on_roster(pat), by=tia) == {"closes": 1}
    sent.refresh_from_db()
    assert (sent.status, sent.hours, sent.document is not None) == (S.ACCEPTED, 80, True)
    assert TrainingRecord.objects.count() == told(pat) == 1


def test_after_a_roster_no_certificate_is_taken(pat, filed, provider, tia):
    bring(provider, on_roster(pat), by=tia)
    with pytest.raises(NotReady, match="already accepted"):
        factories.sent_training(pat, provider=provider)


def test_what_came_by_roster_took_the_desk_no_time(pat, filed, provider, tia):
    bring(provider, on_roster(pat), by=tia)
    assert days_late(pat.training_records.get(), standards_on(today())) == 0


# --- the same again ------------------------------------------------------------------------------------------------
def test_the_same_roster_twice_has_the_effect_of_one(pat, max, filed, provider, tia):
    rows = [on_roster(pat), on_roster(max), on_roster(max, family="Else")]
    first, second = (bring(provider, *rows, by=tia) for _time in range(2))
    assert (first["closes"], second.get("closes"), second["known"]) == (1, None, 1)
    assert (TrainingRecord.objects.count(), told(pat), RosterRow.objects.count()) == (1, 1, 2)


def test_a_person_twice_in_one_file_counts_once(pat, filed, provider, tia):
    assert bring(provider, on_roster(pat), on_roster(pat), by=tia) == {"closes": 1, "known": 1}
    assert told(pat) == 1


# --- what does not fit ---------------------------------------------------------------------------------------------
def test_a_code_with_another_name_is_for_staff_to_say(pat, filed, provider, tia):
    row = on_roster(pat, given="Somebody", family="Else")
    assert judged(provider, row, by=tia).reasons == ["The code is that of Pat Doe."]
    assert bring(provider, row, by=tia) == {"asks": 1}
    assert not pat.training_records.exists()
    assert rows_to_confirm().get().by_code


@pytest.mark.parametrize("code", ["", "not a code", "00000-00000"])
def test_a_name_without_its_code_is_for_staff_to_say(pat, filed, provider, tia, code):
    assert bring(provider, on_roster(pat, code=code), by=tia) == {"asks": 1}
    assert not pat.training_records.exists()
    assert not rows_to_confirm().get().by_code


def test_a_name_that_two_people_have_fits_nobody(pat, filed, provider, tia):
    factories.filed_application(factories.person("Pat", "Doe"))
    assert bring(provider, on_roster(pat, code=""), by=tia) == {"refused": 1}
    assert not RosterRow.objects.exists()


@pytest.mark.parametrize(
    ("code", "word"), [("", "no portal code"), ("00000-00001", "mistyped"), ("00000-00000", "Nobody")]
)
def test_of_what_fits_nobody_nothing_is_kept(provider, tia, max, code, word):
    row = on_roster(max, code=code, given="Ulla", family="Unknown")
    assert word in judged(provider, row, by=tia).reasons[0]
    assert bring(provider, row, by=tia) == {"refused": 1}
    assert not RosterRow.objects.exists()


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"hours": 79}, "79 hours"),
        ({"hours": "many"}, "hours cannot be read"),
        ({"starts": "soon"}, "first day cannot be read"),
        ({"ends": "31/12/2025", "starts": "2025-12-01"}, "last day cannot be read"),
        ({"given": "", "family": ""}, "no name"),
        ({"starts": "2026-03-02", "ends": "2026-03-01"}, "must come after"),
        ({"starts": "2021-03-02"}, "was not approved"),
        ({"ends": "2022-06-30", "starts": "2022-06-01"}, "It ended before"),
        ({"ends": "2099-01-01", "starts": "2026-01-02"}, "not finished"),
        ({"ends": "9999-12-31", "starts": "0001-01-01"}, "not finished"),
    ],
)
def test_a_row_that_cannot_count_is_refused_with_its_reason(pat, filed, provider, tia, facts, word):
    code, given, family, starts, ends, hours = on_roster(pat, **{name: facts[name] for name in facts if name != "ends"})
    row = (code, given, family, starts, facts.get("ends", ends), hours)
    assert word in " ".join(judged(provider, row, by=tia).reasons)
    assert bring(provider, row, by=tia) == {"refused": 1}
    assert not TrainingRecord.objects.exists()


def test_a_training_in_a_language_the_provider_may_not_teach_is_refused(pat, filed, provider, tia):
    assert bring(provider, on_roster(pat), by=tia, language="es") == {"refused": 1}


def test_the_age_of_a_training_is_that_of_the_day(pat, filed, provider, tia, time_machine):
    ended = date(2026, 1, 31)
    rows = on_roster(pat, starts=date(2026, 1, 2), ends=ended)
    time_machine.move_to(noon(date(2028, 2, 1)))
    assert "months old" in judged(provider, rows, by=tia).reasons[0]
    time_machine.move_to(noon(date(2028, 1, 31)))
    assert judged(provider, rows, by=tia).fate == Fate.CLOSES


def test_nobody_of_staff_accepts_their_own_training(tia, provider):
    own = factories.person("Tia", "Own")
    factories.filed_application(own)
    record(own, by=None, why="test", user=tia)
    assert bring(provider, on_roster(own), by=tia) == {"asks": 1}
    with pytest.raises(NotReady, match="your own"):
        actions.confirm_row(rows_to_confirm().get(), by=tia)
    actions.confirm_row(rows_to_confirm().get(), by=factories.staff("training desk"))
    assert own.training_records.get().status == S.ACCEPTED


# --- staff say -----------------------------------------------------------------------------------------------------
@pytest.fixture
def row(pat, filed, provider, tia):
    bring(provider, on_roster(pat, given="Patricia"), by=tia)
    return rows_to_confirm().get()


def test_what_staff_confirm_counts_and_nothing_of_the_row_is_kept(pat, row, tia):
    actions.confirm_row(row, by=tia)
    assert (pat.training_records.get().status, told(pat)) == (S.ACCEPTED, 1)
    assert not RosterRow.objects.exists()
    assert AuditEvent.objects.filter(action="confirmed row of a roster", actor_id=tia.pk).count() == 1


def test_what_staff_dismiss_is_gone(pat, row, tia):
    pk = row.pk
    actions.dismiss_row(row, by=tia)
    assert not RosterRow.objects.exists()
    assert not pat.training_records.exists()
    with pytest.raises(WrongState, match="Somebody has settled"):
        actions.confirm_row(RosterRow(pk=pk, person=pat), by=tia)


@pytest.mark.parametrize("act", [actions.confirm_row, actions.dismiss_row])
def test_only_the_training_desk_says(row, rae, act):
    with pytest.raises(PermissionDenied):
        act(row, by=rae)
    assert RosterRow.objects.exists()


def test_a_row_about_somebody_who_is_trained_by_now_is_moot(pat, row, tia):
    sent = factories.sent_training(pat, provider=row.provider)
    actions.accept(sent, by=tia)
    with pytest.raises(NotReady, match="already accepted"):
        actions.confirm_row(row, by=tia)
    actions.look_again(RosterRow.objects.all())
    assert not RosterRow.objects.exists()
    assert pat.training_records.count() == 1


def test_a_row_of_two_names_is_not_closed_by_the_clock(pat, row):
    actions.look_again(RosterRow.objects.all())
    assert RosterRow.objects.exists()
    assert not pat.training_records.exists()


# --- waiting -------------------------------------------------------------------------------------------------------
@pytest.fixture
def waiting(pat, provider, tia):
    assert bring(provider, on_roster(pat), by=tia) == {"waits": 1}
    return RosterRow.objects.get()


def test_a_row_waits_for_who_has_not_applied_and_closes_when_they_do(pat, waiting, tia):
    assert not rows_to_confirm().exists()
    actions.look_again(RosterRow.objects.all())
    assert RosterRow.objects.exists()
    factories.filed_application(pat)
    actions.look_again(RosterRow.objects.filter(person=pat))
    training = pat.training_records.get()
    assert (training.status, training.decided_by, told(pat)) == (S.ACCEPTED, tia, 1)
    assert not RosterRow.objects.exists()


def test_filing_asks_for_a_look_at_what_waits(pat, waiting, django_capture_on_commit_callbacks, monkeypatch):
    asked = []
    monkeypatch.setattr("celery.Celery.send_task", lambda _app, task, numbers, **_how: asked.append((task, numbers)))
    with django_capture_on_commit_callbacks(execute=True):
        factories.filed_application(pat)
    assert ("training_providers.tasks.look_again_for", (pat.pk,)) in asked
    tasks.look_again_for(pat.pk)
    assert pat.training_records.get().status == S.ACCEPTED


def test_a_waiting_row_is_sealed_and_holds_no_more_than_it_needs(pat, waiting):
    kept = {field.name for field in RosterRow._meta.fields}
    assert kept == {
        "id", "seal", "person", "by_code", "provider", "language", "name", "starts", "ends", "hours", "mark", "confirmed_by", "received_at",
    }  # fmt: skip
    columns = RosterRow.objects.values("name", "starts", "ends").get()
    assert "Pat" not in repr(columns)
    assert str(waiting.ends) not in repr(columns)


def test_who_applies_under_another_name_is_for_staff_to_say(pat, waiting):
    factories.filed_application(pat, name={"given_name": "Robin"}, ethics={"signature": "Robin Doe"})
    actions.look_again(RosterRow.objects.all())
    assert rows_to_confirm().get() == waiting


def test_a_waiting_row_is_deleted_when_its_training_would_be_too_old(waiting, time_machine):
    last_day = add_months(waiting.ends, standards_on(today()).training_certificate_valid)
    time_machine.move_to(noon(last_day))
    actions.look_again(RosterRow.objects.all())
    assert RosterRow.objects.exists()
    time_machine.move_to(noon(last_day + timedelta(days=1)))
    actions.look_again(RosterRow.objects.all())
    assert not RosterRow.objects.exists()


def test_nobody_is_accepted_in_the_name_of_who_left_the_desk(pat, waiting, tia):
    tia.groups.clear()
    factories.filed_application(pat)
    actions.look_again(RosterRow.objects.all())
    assert not pat.training_records.exists()
    actions.confirm_row(rows_to_confirm().get(), by=factories.staff("training desk"))
    assert pat.training_records.get().status == S.ACCEPTED


# --- "this is not me" ----------------------------------------------------------------------------------------------
@pytest.fixture
def closed(pat, filed, provider, tia):
    bring(provider, on_roster(pat), by=tia)
    return pat.training_records.get()


def test_not_me_takes_it_back_and_the_desk_looks_into_it(pat, closed, tia):
    actions.disown(closed, by=pat.user)
    assert accepted_core(pat, standards_on(today())) is None
    assert sending_problems(pat, "core") == []
    assert disowned_records().get() == closed
    actions.take_off(closed, by=tia)
    assert not disowned_records().exists()
    assert closed.status == S.DECLINED
    assert not Notice.objects.filter(recipient=pat.user, name="training-declined").exists()


@pytest.mark.parametrize("looked_into", [False, True])
def test_after_not_me_the_same_roster_asks(pat, closed, provider, tia, looked_into):
    actions.disown(closed, by=pat.user)
    if looked_into:
        actions.take_off(closed, by=tia)
    assert bring(provider, on_roster(pat), by=tia) == {"asks": 1}
    assert accepted_core(pat, standards_on(today())) is None
    shifted = on_roster(pat, ends=closed.ends + timedelta(days=1))
    assert bring(provider, shifted, by=tia) == {"asks": 1}


def test_a_training_that_the_desk_declined_asks(pat, filed, provider, tia):
    sent = factories.sent_training(pat, provider=provider)
    actions.decline(sent, words="The certificate was altered.", by=tia)
    assert judged(provider, on_roster(pat), by=tia).reasons == ["This training was declined before."]
    assert bring(provider, on_roster(pat), by=tia) == {"asks": 1}


def test_a_certificate_they_sent_is_theirs(pat, filed, tia):
    sent = factories.sent_training(pat)
    actions.accept(sent, by=tia)
    with pytest.raises(NotReady, match="yourself"):
        actions.disown(sent, by=pat.user)


# --- reading -------------------------------------------------------------------------------------------------------
def test_a_roster_is_read_with_other_headings_and_as_a_workbook(pat):
    spanish = (
        f"Código,Nombre,Apellidos,Primer día,Último día,Horas\n{pat.portal_code},Pat,Doe,3/2/2026,3/20/2026,80.0\n"
    )
    texts = [["Code", "Name", "Start date", "End date", "Hours"], [pat.portal_code, "Doe, Pat", "46083", "46101", "80"]]
    cells = ["".join(f'<c t="str"><v>{text}</v></c>' for text in row) for row in texts]
    sheet = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(cells, 1))
    (line,), (other,) = rosters.read(spanish.encode()).lines, rosters.read(workbook(sheet)).lines
    assert (line.code, line.name, line.starts, line.ends, line.hours) == (
        pat.portal_code, "Pat Doe", date(2026, 3, 2), date(2026, 3, 20), 80,
    )  # fmt: skip
    assert (other.starts, other.ends, other.name) == (line.starts, line.ends, "Doe, Pat")


@pytest.mark.parametrize("missing", ["Portal code", "Family name", "First day", "Last day", "Hours"])
def test_a_file_that_lacks_a_column_is_told_which(missing):
    with pytest.raises(rosters.sheets.Unreadable, match=missing):
        rosters.read(roster().replace(missing.encode(), b"Other"))


def test_a_file_without_rows_or_with_too_many_is_refused(pat):
    with pytest.raises(rosters.sheets.Unreadable, match="no rows"):
        rosters.read(roster())
    with pytest.raises(rosters.sheets.Unreadable, match="more than 300"):
        rosters.read(roster(*[on_roster(pat)] * rosters.MOST_ROWS))


# --- pages of the desk ---------------------------------------------------------------------------------------------
IMPORT, ROWS = "admin:training_providers_rosterrow_import", "admin:training_providers_rosterrow_changelist"


def send(client, provider, raw, **changes):
    file = factories.upload("roster.csv", raw, "text/csv")
    return client.post(reverse(IMPORT), {"provider": provider.pk, "language": "en", "file": file} | changes)


def test_the_preview_keeps_nothing_and_its_confirmation_only_what_is_needed(client, pat, max, filed, provider, tia):
    client.force_login(tia)
    raw = roster(on_roster(pat), on_roster(max), on_roster(max, hours=12))
    page = send(client, provider, raw)
    said = page.content.decode()
    for words in ("Counts at once", "Waits until they apply", "Not taken", "12 hours; the program asks for 80."):
        assert words in said
    assert not TrainingRecord.objects.exists()
    assert not RosterRow.objects.exists()
    assert not Notice.objects.filter(name="training-by-provider").exists()
    answer = client.post(reverse(IMPORT), {"roster": page.context["roster"]}, follow=True)
    assert "1 training counts now. 1 row waits." in answer.content.decode()
    assert pat.training_records.get().decided_by == tia
    read, confirmed = AuditEvent.objects.filter(action__contains="roster", actor_id=tia.pk).order_by("pk")
    assert read.detail["rows"] == 3
    assert confirmed.detail == {"closes": 1, "waits": 1, "file": read.detail["file"]}


@pytest.mark.parametrize("roster", ["", "x", "a:b:c", "eyJhIjoxfQ:1abcde:AAAA"])
def test_a_preview_that_was_written_by_somebody_else_is_refused(client, tia, roster):
    client.force_login(tia)
    assert "choose the file again" in client.post(reverse(IMPORT), {"roster": roster}, follow=True).content.decode()


def test_a_preview_of_yesterday_is_refused(client, pat, filed, provider, tia, time_machine):
    client.force_login(tia)
    page = send(client, provider, roster(on_roster(pat)))
    time_machine.move_to(timezone.now() + timedelta(hours=5))
    client.cookies.clear()
    client.force_login(tia)
    answer = client.post(reverse(IMPORT), {"roster": page.context["roster"]}, follow=True)
    assert "choose the file again" in answer.content.decode()
    assert not TrainingRecord.objects.exists()


def test_a_confirmation_judges_anew(client, pat, filed, provider, tia):
    client.force_login(tia)
    page = send(client, provider, roster(on_roster(pat)))
    actions.accept(factories.sent_training(pat, provider=provider), by=tia)
    client.post(reverse(IMPORT), {"roster": page.context["roster"]})
    assert (pat.training_records.count(), told(pat)) == (1, 0)


@pytest.mark.parametrize(
    ("raw", "word"), [(b"a,b\n1,2\n", "no column"), (b"\0", "no table"), (b"PK\x03\x04x", "no table"), (b"x" * 2_100_000, "2 MB")]
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_answered_on_the_form(client, provider, tia, raw, word):
    client.force_login(tia)
    assert word in send(client, provider, raw).context["form"].errors["file"][0]


def test_what_a_provider_writes_comes_back_as_text(client, pat, filed, provider, tia):
    client.force_login(tia)
    row = on_roster(pat, given="<script>x()</script>", family='=HYPERLINK("http://evil.example")'.replace('"', ""))
    assert "<script>x()" not in send(client, provider, roster(row)).content.decode()


@pytest.mark.parametrize("rows", [2, 40])
def test_a_preview_asks_the_database_equally_often(client, provider, tia, rows, django_assert_max_num_queries):
    people = [factories.person("Pat", f"Number{'x' * row}") for row in range(rows)]
    client.force_login(tia)
    client.get(reverse(IMPORT))
    raw = roster(*[on_roster(person) for person in people], on_roster(people[0], code="", family="Unknown"))
    with django_assert_max_num_queries(20):
        send(client, provider, raw)


def test_the_row_page_sets_both_names_side_by_side_and_settles(client, pat, row, tia):
    client.force_login(tia)
    assert "Patricia Doe" in client.get(reverse(ROWS)).content.decode()
    page = client.get(reverse("admin:training_providers_rosterrow_change", args=[row.pk])).content.decode()
    assert "Patricia Doe" in page
    assert "The code is that of Pat Doe." in page
    client.post(reverse("admin:training_providers_rosterrow_confirm", args=[row.pk]))
    assert pat.training_records.get().status == S.ACCEPTED
    assert client.post(reverse("admin:training_providers_rosterrow_dismiss", args=[row.pk])).status_code == 404


def test_a_row_that_waits_for_its_person_is_shown_to_nobody(client, waiting, tia):
    client.force_login(tia)
    assert "Pat" not in client.get(reverse(ROWS)).content.decode()
    assert client.get(reverse("admin:training_providers_rosterrow_change", args=[waiting.pk])).status_code == 404


def test_the_desk_finds_what_people_say_is_not_theirs_and_takes_it_off(client, pat, closed, tia):
    actions.disown(closed, by=pat.user)
    client.force_login(tia)
    assert "Trainings that people say are not theirs" in client.get(reverse("admin:index")).content.decode()
    page = client.get(reverse("admin:training_providers_trainingrecord_change", args=[closed.pk])).content.decode()
    assert "says that this training is not theirs" in page
    client.post(reverse("admin:training_providers_trainingrecord_take_off", args=[closed.pk]))
    closed.refresh_from_db()
    assert closed.status == S.DECLINED


# --- pages of the person -------------------------------------------------------------------------------------------
MINE = "training_providers:mine"


def test_the_person_finds_their_code_until_their_training_is_accepted(client, pat, filed, provider, tia):
    client.force_login(pat.user)
    assert pat.portal_code in client.get(reverse(MINE)).content.decode()
    bring(provider, on_roster(pat), by=tia)
    page = client.get(reverse(MINE)).content.decode()
    assert pat.portal_code not in page
    assert "Your provider told us that you are done." in page


def test_the_person_says_not_me(client, pat, closed):
    client.force_login(pat.user)
    assert "This is not me" in client.get(reverse(MINE)).content.decode()
    page = client.post(reverse("training_providers:not_me", args=[closed.pk]), follow=True).content.decode()
    assert "You told us that this training is not yours" in page
    assert "Send my certificate" in page
    closed.refresh_from_db()
    assert closed.status == S.DISOWNED
    assert "is not yours" in client.get(reverse("certification:home")).content.decode()


def test_nobody_says_it_for_another(client, max, closed):
    client.force_login(max.user)
    assert client.post(reverse("training_providers:not_me", args=[closed.pk])).status_code == 404
    closed.refresh_from_db()
    assert closed.status == S.ACCEPTED


def test_who_has_no_application_has_no_code(client, db):
    client.force_login(factories.user())
    assert "portal code" not in client.get(reverse(MINE)).content.decode()


def test_the_code_of_a_second_account_leads_to_the_one_that_stays(tia):
    stays = factories.filed_application(factories.person("Noor", "Haddad")).person
    closed = factories.person("Noor", "Haddad")
    record(closed, by=None, why="test", merged_into=stays)
    factories.confirmed_roster(factories.provider(), factories.on_roster(closed), by=tia)
    assert stays.training_records.get().status == "accepted"
    assert not closed.training_records.exists()
