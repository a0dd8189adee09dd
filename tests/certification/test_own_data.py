"""All that we keep of a person, for them to take: complete, theirs alone, and never in the way of others."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst

from applications import actions as applications
from applications.models import Reason, Requirement
from certification import documents, notices, own_data
from certification.dossier import Part, file_name, parts, parts_told_to
from certification.models import AuditEvent, Document, Hold, Notice, Person, User
from certification.signing import signed
from tests import factories
from tests.watch.world import ERASED, OWNER, STRANGER, WORDS

ADDRESS = "/your-data/"


def taken(user, language="en"):
    """What the ZIP of ``user`` holds: each file by its name."""
    with zipfile.ZipFile(io.BytesIO(b"".join(own_data.pieces_of(user, language=language)))) as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == len(archive.namelist())
        return {name: archive.read(name) for name in archive.namelist()}


def lists(files):
    return {name.removesuffix(".json"): json.loads(data) for name, data in files.items() if name.endswith(".json")}


@pytest.fixture
def mine(world):
    return taken(world.user(OWNER))


# --- complete: every model that leads to a person is taken, or left out for a reason -------------------------------
LEFT_OUT = {
    "account.EmailConfirmation": "a secret of signing in",
    "mfa.Authenticator": "a secret of signing in",
    "socialaccount.SocialToken": "a secret of signing in",
    "admin.LogEntry": "Django's own; nothing here writes to it",
    "certification.User_groups": "a role on the desk, which concerns the office",
    "certification.User_user_permissions": "counts for nothing: rights come from roles alone",
    "certification.RoleChange": "a role on the desk, which concerns the office",
    "certification.Recovery": "how staff compared papers; what came of it was told to both addresses",
    "certification.SavedFilter": "how somebody of staff likes a list",
    "certification.SearchName": "the name once more, folded to be found",
    "certification.Overturning": "stands beside the fact it overturned",
    "training_providers.RosterRow": "a provider's word that may be about somebody else; what comes of it stands in the training record",
    "applications.DraftPage": "in the answers of its application",
    "certification.VoucherBatch": "made for a payer; only who of staff made it leads to a person",
    "certification.Voucher": "a code; who used one finds who gave it in the fee",
    "certification.Refund": "a proposal among staff; what came of it stands in the fee",
    "applications.Opening": "among who opened the file",
    "applications.Recusal": "why somebody of staff hands a file on is theirs",
    "applications.SecondReading": "how staff check each other; it decides nothing about the person",
    "applications.Proposal": "a minute's thought of somebody of staff",
    "exams.OrderFile": "a file about many people; only who of staff made it leads to a person",
    "exams.Order": "that the vendor was told of the attempt",
    "applications.AccountPair": "names a second account; what each said of it is among what they said",
    "applications.Merge": "a proposal among staff; what came of it was told to both addresses",
    "exams.ResultFile": "the vendor's file about many people; only who of staff received it leads to a person",
    "exams.ResultRow": "the vendor's line; what it says stands in the attempt",
}
# Columns of what is taken that stay: numbers and keys of ours, who of staff acted, and notes among staff.
OURS = {"id", "seal", "public_id"}
KEPT = {
    "certification.User": {
        "password": "a secret of signing in",
        "is_staff": "the office's",
        "is_superuser": "the office's",
        "first_name": "never filled",
        "last_name": "never filled",
    },
    "usersessions.UserSession": {
        "session_key": "a secret of signing in",
        "data": "never filled",
        "created_at": "under a name of ours",
        "last_seen_at": "under a name of ours",
        "ip": "under a name of ours",
        "user_agent": "under a name of ours",
    },
    "socialaccount.SocialAccount": {"extra_data": "emptied at each sign-in"},
    "certification.Person": {"birth_date_mac": "a fingerprint", "merged_into": "told by letter, to both addresses"},
    "certification.Document": {
        "storage_name": "where the file lies",
        "file_key": "the key of the file",
        "doubts": "what a program thought of the picture",
        "fingerprint": "a fingerprint",
        "uploaded_by": "who acted",
    },
    "certification.Notice": {
        "key": "a name of ours",
        "name": "a name of ours",
        "address": "only of mail to an address that need not be theirs, which is not taken",
        "context": "what the letter was written from",
        "helps_until": "only of mail that holds a key, which is not taken",
    },
    "certification.UnsentText": {"place": "a name of ours", "writer": "tells one window from another"},
    "certification.Charge": {
        "subject_id": "a number of ours",
        "key": "a name of ours",
        "voucher": "by who gave it",
    },
    "certification.FeeRequest": {"decided_by": "who acted"},
    "certification.Hold": {
        "note": "a note among staff",
        "end_reason": "a note among staff",
        "opened_by": "who acted",
        "ended_by": "who acted",
    },
    "certification.RecordsHold": {
        "reason": "a note among staff",
        "end_reason": "a note among staff",
        "opened_by": "who acted",
        "ended_by": "who acted",
    },
    "certification.Term": {"recorded_by": "who acted"},
    "certification.Suspension": {"recorded_by": "who acted"},
    "certification.Revocation": {"recorded_by": "who acted"},
    "certification.Surrender": {"recorded_by": "who acted"},
    "certification.Death": {"recorded_by": "who acted", "source": "who told us"},
    "certification.Reissue": {"recorded_by": "who acted"},
    "certification.NameChange": {"decided_by": "who acted", "parts": "as the new name"},
    "training_providers.TrainingRecord": {"decided_by": "who acted"},
    "applications.Application": {
        "reviewer": "who acted",
        "snapshot": "the answers once more, while the payment is on its way",
        "answers": "page by page, with what is not sent yet",
        "approval_notice": "among the letters",
        "asked_notice": "among the letters",
        "exam_open": "stands in the attempts",
        "used_up_on": "stands in the attempts",
    },
    "applications.Requirement": {
        "kind": "under a name of ours",
        "decided_by": "who acted",
        "late_reason": "a note among staff",
        "late_allowed_by": "who acted",
    },
    "applications.Extension": {"added_by": "who acted"},
    "applications.Message": {
        "author": "who acted",
        "once": "tells one click from two",
        "reason": "of what needs no answer, which is not taken",
    },
    "applications.UploadLink": {
        "fingerprint": "a fingerprint",
        "page": "under a name of ours",
        "document": "among the papers",
    },
    "applications.AccountAnswer": {"other": "whose address was named: that there is an account is not theirs to learn"},
    "applications.Denial": {
        "proposed_by": "who acted",
        "proposed_at": "a plan among staff",
        "decided_by": "who acted",
        "agreed": "only what was agreed is taken",
    },
    "exams.AccommodationRequest": {"decided_by": "who acted", "vendor_codes": "between us and the exam vendor"},
    "reporting.Demographics": {"answers": "question by question"},
    "discipline.Appeal": {"notice": "by its subject"},
}


def about_people(models):
    """Those of ``models`` that lead to a person or their sign-in, over however many others. Earlier versions of a record are not asked for: it is."""
    found = {Person, User}
    while more := {model for model in models if model not in found and _leads_to(model, found)}:
        found |= more
    return {model for model in found if not hasattr(model, "instance_type")}


def _leads_to(model, found):
    return any(
        column.is_relation and column.related_model and column.related_model._meta.concrete_model in found
        for column in model._meta.concrete_fields
    )


def every_model():
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def test_every_record_of_a_person_is_taken_or_left_out_for_a_reason():
    kept = {model._meta.label for model in about_people(every_model())}
    shown = {part.model._meta.label for part in parts()}
    assert kept - shown - set(LEFT_OUT) == set()
    assert set(LEFT_OUT) <= kept - shown


def test_every_column_of_what_is_taken_is_shown_or_kept_for_a_reason():
    wrong = {}
    for part in parts():
        label, whose = part.model._meta.label, part.whose.partition("__")[0]
        columns = {column.name for column in part.model._meta.concrete_fields} - OURS - {whose}
        shown = {name for name in part.shown if isinstance(name, str)} - {whose}
        kept = set(KEPT.get(label, {}))
        if columns - shown != kept or shown - columns:
            wrong[label] = sorted(columns - shown ^ kept | shown - columns)
    assert wrong == {}


def test_a_new_model_about_people_is_found():
    """The control: one that leads to a person over another, and one that leads nowhere."""
    found = about_people(every_model())
    assert Requirement in found
    assert apps.get_model("exams", "ResultRow") in found
    assert apps.get_model("certification", "County") not in found
    assert apps.get_model("certification", "HistoricalHold") not in found


def test_what_is_shown_keeps_its_labels_and_its_file_apart():
    titles = [str(part.title) for part in parts()]
    assert len(set(titles)) == len(titles)
    for part in parts():
        labels = [
            str(one.label) if not isinstance(one, str) else part.model._meta.get_field(one).verbose_name
            for one in part.shown
        ]
        assert len(set(labels)) == len(part.shown), part.title
        assert isinstance(part, Part)


# --- whose ---------------------------------------------------------------------------------------------------------
TOLD = (
    "preferred", "former", "street", "city", "issuer", "requirement-note", "training-words", "accommodation", "refusal", "decision",
    "appeal", "change-appeal", "fee-asked", "fee-answer", "email", "phone, local", "born, as %Y-%m-%d", "sender", "unsent",
)  # fmt: skip
NEVER_TOLD = (
    "roster-name",
    "hold-note",
    "hold-end",
    "records-why",
    "records-end",
    "vendor-codes",
    "grounds",
    "identity-check",
    "new e-mail",
)


def said(files):
    return "".join(data.decode() for name, data in files.items() if name.endswith(".json"))


def test_all_that_is_theirs_is_there(mine):
    words = WORDS[OWNER].private()
    assert {name for name in TOLD if words[name] not in said(mine)} == set()


def test_nothing_that_is_not_for_them_is_there(mine):
    words = WORDS[OWNER].private()
    assert {name for name in NEVER_TOLD if words[name] in said(mine)} == set()


def test_nothing_of_a_second_person_is_there(mine, world):
    text = said(mine)
    assert {name for name, word in WORDS[STRANGER].private().items() if word in text} == set()
    theirs = {str(paper.pk) for paper in world.people[STRANGER].documents.all()}
    assert not [
        name for name in mine if name.startswith("documents/") and name.partition("-")[2].partition(".")[0] in theirs
    ]
    for user in world.users.values():
        if user is not None and user.pk != world.user(OWNER).pk:
            assert user.email not in text


def test_no_secret_of_signing_in_is_there(world):
    user = world.user(OWNER)
    notice = notices.send_sign_in_mail(
        user.email, "sign-in", {"subject": "S", "body": "Zqcode"}, language="en", recipient=user
    )
    files = said(taken(user))
    assert "Zqcode" not in files
    assert str(notice.public_id) not in files
    for secret in [user.password, *Document.objects.values_list("storage_name", flat=True)]:
        assert secret not in files


def test_every_letter_that_was_handed_over_is_there(mine, world):
    letters = Notice.objects.filter(recipient=world.user(OWNER), helps_until=None).exclude(handed_over_at=None)
    assert [one["Subject"] for one in lists(mine)["your-letters"]] == [one.subject for one in letters.order_by("pk")]
    assert letters.count() > 10


# --- papers --------------------------------------------------------------------------------------------------------
def test_the_papers_are_there_as_they_were_sent_and_an_erased_one_is_not(mine, world):
    papers = world.people[OWNER].documents.all()
    erased = papers.get(public_id=ERASED)
    for paper in papers:
        if paper != erased:
            assert mine[file_name(paper)] == documents.decrypted(paper)
    assert not [name for name in mine if f"-{erased.pk}." in name]
    assert file_name(erased) is None
    assert sum(name.startswith("documents/") for name in mine) == papers.count() - 1


def test_a_paper_that_is_erased_while_the_file_is_sent_is_left_out(pat):
    first, second = factories.document(pat), factories.document(pat)
    pieces = own_data.pieces_of(pat.user, language="en")
    got = [next(pieces) for _part in parts_told_to(pat.user)] + [next(pieces)]
    documents.erase(second, by=pat.user, reason="test")
    with zipfile.ZipFile(io.BytesIO(b"".join(got + list(pieces)))) as archive:
        assert [name for name in archive.namelist() if "documents/" in name] == [file_name(first)]


def test_papers_are_read_one_at_a_time(pat):
    """However many they are, no piece is larger than the largest of them and the names around it."""
    papers = [factories.document(pat) for _number in range(6)]
    pieces = list(own_data.pieces_of(pat.user, language="en"))[len(parts_told_to(pat.user)) :]
    assert [len(piece) > paper.size for piece, paper in zip(pieces, papers, strict=False)] == [True] * 6
    assert max(map(len, pieces[:6])) < max(paper.size for paper in papers) + 1000


@pytest.mark.parametrize("fault", ["waiting", "gone", "exchanged"])
def test_a_paper_that_cannot_be_opened_now_leaves_a_word_and_harms_nothing_else(pat, fault):
    bad, good = factories.document(pat), factories.document(pat)
    if fault == "waiting":
        Document.objects.filter(pk=bad.pk).update(scan=Document.Scan.WAITING)
    elif fault == "gone":
        default_storage.delete(bad.storage_name)
    else:
        Document.objects.filter(pk=bad.pk).update(storage_name="x")
        Document.objects.filter(pk=good.pk).update(storage_name=bad.storage_name)
        Document.objects.filter(pk=bad.pk).update(storage_name=good.storage_name)
    files = taken(pat.user)
    if fault == "exchanged":
        assert (
            files[f"{file_name(bad)}.txt"]
            == files[f"{file_name(good)}.txt"]
            == b"We could not open this file. Please tell us."
        )
    else:
        assert file_name(bad) not in files
        assert b"Please try again in a few minutes" in files[f"{file_name(bad)}.txt"]
        assert files[file_name(good)].startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\r\nb", "/root", "…", "\u202egnp.exe", "CON"])
def test_no_name_of_a_file_is_made_of_what_people_type(pat, name):
    pat.given_name = pat.preferred_name = name
    pat.save()
    factories.document(pat)
    for file in taken(pat.user):
        assert name not in file
        assert ".." not in file
        assert not file.startswith("/")


# --- only what was told --------------------------------------------------------------------------------------------
def test_a_mark_that_was_not_told_yet_is_not_there(pat, rae, lee):
    application = factories.filed_application(pat)
    applications.claim(application, by=rae)
    for code, note in (("id-unreadable", "Zqasked"), ("diploma-not-equal", "Zqdeclined")):
        reason = Reason.objects.get(code=code)
        applications.refuse_requirement(
            application.requirements.get(kind=reason.requirement), reason, note=note, by=rae
        )
    text = said(taken(pat.user))
    assert "Zqasked" not in text
    assert "Zqdeclined" not in text
    denial = applications.propose_denial(application, by=rae, grounds="Zqgrounds")
    assert not {"Denials", "What we decided about each point"} & {str(part.title) for part in parts_told_to(pat.user)}
    assert "Zqgrounds" not in said(taken(pat.user))
    applications.decide_denial(denial, by=lee, agreed=True)
    text = said(taken(pat.user))
    assert "Zqdeclined" in text
    assert "Zqgrounds" in text
    assert "Zqasked" not in text


def test_what_was_asked_for_is_there_once_it_was_asked(pat, rae):
    application = factories.filed_application(pat)
    applications.claim(application, by=rae)
    reason = Reason.objects.get(code="id-unreadable")
    applications.refuse_requirement(
        application.requirements.get(kind=reason.requirement), reason, note="Zqasked", by=rae
    )
    for requirement in application.requirements.filter(status="waiting"):
        applications.accept_requirement(requirement, by=rae)
    applications.ask_for_more(application, by=rae)
    assert "Zqasked" in said(taken(pat.user))


def test_what_is_written_and_not_sent_yet_is_there(max):
    factories.draft(max, without=("ethics",), contact={"address_line1": "Zqstreet"})
    answers = lists(taken(max.user))["your-applications"][0]["Your answers"]
    assert "Zqstreet" in answers["How we reach you"]["Mailing address"]


def test_who_holds_nothing_takes_little(db):
    user = factories.user("new@example.org")
    files = taken(user)
    assert set(files) == {"your-account.json", "your-e-mail-addresses.json", "who-opened-your-file.json"}
    assert lists(files)["who-opened-your-file"] == []


def test_labels_are_in_the_language_of_the_page(pat):
    labels = {}
    for language in ("en", "es"):
        with translation.override(language):
            labels[language] = str(capfirst(Person._meta.get_field("given_name").verbose_name))
    assert labels["en"] != labels["es"]
    for language, label in labels.items():
        assert f'"{label}": "Pat"' in said(taken(pat.user, language))
    assert translation.get_language() == "en"


def test_staff_notes_of_a_hold_stay(pat, lee):
    with signed(lee, "test"):
        Hold.objects.create(person=pat, kind="facts", note="Zqnote", review_on=timezone.localdate(), opened_by=lee)
    holds = lists(taken(pat.user))["holds"]
    assert len(holds) == 1
    assert "Zqnote" not in str(holds)


# --- the page ------------------------------------------------------------------------------------------------------
def arrive(client, user):
    client.force_login(user)
    client.get(reverse("ready"))  # the first request writes down when the session began


def test_the_page_says_what_is_in_it_and_gives_it_when_asked(client, pat):
    factories.filed_application(pat)
    arrive(client, pat.user)
    page = client.get(ADDRESS).content.decode()
    assert [str(part.title) for part in parts() if f"<li>{part.title}</li>" in page] == [
        "Your account",
        "Your e-mail addresses",
        "About you",
        "Papers you sent",
        "Fees",
        "Your applications",
    ]
    answer = client.post(ADDRESS)
    assert answer.streaming
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{timezone.localdate()}.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert "your-applications.json" in archive.namelist()


def test_it_is_written_down_and_the_person_sees_it(client, pat):
    arrive(client, pat.user)
    client.get(ADDRESS)
    assert not AuditEvent.objects.filter(action="downloaded own data").exists()
    files = client.post(ADDRESS)
    event = AuditEvent.objects.get(action="downloaded own data")
    assert (event.actor_id, event.subject, event.detail) == (pat.user.pk, f"certification.user:{pat.user.pk}", {})
    with zipfile.ZipFile(io.BytesIO(b"".join(files.streaming_content))) as archive:
        looks = json.loads(archive.read("who-opened-your-file.json"))
    assert [(look["What"], look["Who"]) for look in looks] == [("A copy of all your data", "you")]


def test_nobody_takes_it_without_signing_in(client, db):
    for method in (client.get, client.post):
        assert method(ADDRESS)["Location"].startswith("/accounts/login/")


def test_the_form_is_sent_from_our_page_only(pat):
    client = Client(enforce_csrf_checks=True)
    arrive(client, pat.user)
    assert client.post(ADDRESS).status_code == 403
    assert not AuditEvent.objects.filter(action="downloaded own data").exists()


def test_after_a_while_one_signs_in_again_first(client, pat, time_machine):
    arrive(client, pat.user)
    assert client.get(ADDRESS).status_code == 200
    time_machine.move_to(timezone.now() + timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1))
    for method in (client.get, client.post):
        assert method(ADDRESS)["Location"].startswith("/sign-in-again/?next=")
    assert not AuditEvent.objects.filter(action="downloaded own data").exists()


def test_who_has_a_password_shows_it_first(client, db):
    user = factories.user("with@example.org", password="nine quiet otters under the bridge")
    arrive(client, user)
    assert client.get(ADDRESS)["Location"].startswith("/accounts/reauthenticate/")
    assert client.post(ADDRESS)["Location"].startswith("/accounts/reauthenticate/")
    answer = client.post(
        "/accounts/reauthenticate/?next=/your-data/",
        {"password": "nine quiet otters under the bridge", "next": ADDRESS},
    )
    assert answer.status_code in (200, 302)
    assert client.get(ADDRESS).status_code == 200


def test_what_is_sent_along_names_nobody_else(client, pat, max):
    arrive(client, pat.user)
    answer = client.post(ADDRESS, {"user": max.user.pk, "pk": max.pk})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert max.user.email not in archive.read("your-account.json").decode()


def test_how_much_is_asked_does_not_grow_with_the_records(world):
    def asked():
        user = world.user(OWNER)
        papers = Document.objects.filter(owner__user=user, deleted_at=None).count()
        with CaptureQueriesContext(connection) as queries:
            taken(user)
        return len(queries) - papers  # each paper is looked up when its turn comes

    before = asked()
    world.adds_to(OWNER)
    assert asked() == before


def test_home_leads_there(client, pat):
    client.force_login(pat.user)
    assert f'"{ADDRESS}"' in client.get("/home/").content.decode()
