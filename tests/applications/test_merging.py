"""Second accounts: found without a word to anybody, asked about first, made one by two of staff, and apart again as they were."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from applications import actions
from applications.models import AccountAnswer, AccountPair, Application, Merge, Message
from applications.queries import latest_application, merges_to_decide, pairs_to_merge, possible_duplicates
from applications.rules import MOVED, Two, page_named
from certification import documents, payments
from certification.actions import hold_records, issue
from certification.dossier import parts_told_to
from certification.models import AuditEvent, Document, Notice, Person, User
from certification.notices import deliver
from certification.openings import openings_of
from certification.steps import NotReady, Refused, record
from tests import factories
from tests.applications.cases import accept_all, ask, hold, propose
from tests.certification.test_own_data import lists, taken

pytestmark = pytest.mark.django_db
BORN = date(1981, 4, 9)


@pytest.fixture(autouse=True)
def signed_in_with_one_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def kept(db):
    return factories.person("Noor", "Haddad", birth_date=BORN)


@pytest.fixture
def merged(db):
    return factories.person("Noor", "Haddad", birth_date=BORN)


@pytest.fixture
def lou(db):
    """A second lead reviewer."""
    return factories.staff("lead reviewer")


def say(person, other):
    actions.answer_about_accounts(person, has_another=True, address=other.user.email)


def say_both(one, other):
    say(one, other)
    say(other, one)


def make_one(kept, merged, by, other):
    say_both(kept, merged)
    merge = actions.propose_merge(kept, merged, by=by)
    actions.decide_merge(merge, agreed=True, by=other)
    kept.refresh_from_db()
    merged.refresh_from_db()
    return merge


def take_apart(merge, by, other):
    undoing = actions.propose_undoing(merge, by=by)
    actions.decide_merge(undoing, agreed=True, by=other)


def problems_of(kept, merged, by):
    with pytest.raises(NotReady) as refused:
        actions.propose_merge(kept, merged, by=by)
    return " ".join(refused.value.problems)


# --- finding -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "family", "born", "found"),
    [
        ("Noor", "Haddad", BORN, True),
        ("NOOR", "Háddad", BORN, True),
        ("Haddad", "Noor", BORN, True),
        ("Noor", "Haddad Salim", BORN, True),
        ("Noor", "Hadad", BORN, True),
        ("Noor", "Haddad", date(1981, 4, 10), False),
        ("Max", "Nobody", BORN, False),
        ("Lina", "Haddad", BORN, False),
        ("Noor", "Haddad", None, False),
    ],
)
def test_alike_are_a_birth_date_and_a_close_name(kept, given, family, born, found):
    other = factories.person(given, family, birth_date=born)
    assert (possible_duplicates(kept) == [other], possible_duplicates(other) == [kept]) == (found, found)


def test_the_same_file_as_photo_id_is_found_whatever_the_name(kept):
    other = factories.person("Max", "Nobody", birth_date=None)
    for one in (kept, other):
        factories.document(one, Document.Kind.EDUCATION)
    assert possible_duplicates(kept) == []
    for one in (kept, other):
        factories.document(one)
    assert possible_duplicates(kept) == [other]
    assert possible_duplicates(other)[0].same_file


def test_a_photo_sent_twice_is_rewritten_to_the_same_bytes():
    """What the finding by file rests on."""
    first, again = (documents.judge_upload(factories.picture()) for _time in range(2))
    assert first.data == again.data


def test_who_was_asked_is_closed_or_works_here_is_not_found(kept, merged, lee, lou):
    actions.ask_about_accounts(kept, merged, by=lee)
    assert possible_duplicates(kept) == possible_duplicates(merged) == []
    make_one(kept, merged, lee, lou)
    third = factories.person("Noor", "Haddad", birth_date=BORN)
    assert possible_duplicates(third) == [kept]
    record(kept.user, by=None, why="test", is_staff=True)
    assert possible_duplicates(third) == []


def test_the_case_page_says_it_in_one_line_without_a_word_of_the_other(client, merged, rae, lee):
    application = factories.filed_application(factories.person("Noor", "Hadad", birth_date=BORN, preferred_name="Nori"))
    for by, shown in ((rae, False), (lee, True)):
        actions.open_by_name(application, by=by, reason="check")
        client.force_login(by)
        page = client.get(reverse("admin:applications_application_change", args=[application.pk])).content.decode()
        assert "may have a second account" in page
        assert "Haddad" not in page
        assert merged.user.email not in page
        assert (reverse("admin:applications_application_accounts", args=[application.pk]) in page) is shown


def test_nothing_waits_for_it(kept, merged, rae, lee):
    application = factories.filed_application(kept)
    actions.ask_about_accounts(kept, merged, by=lee)
    actions.claim(application, by=rae)
    accept_all(application, rae)
    actions.approve(application, by=rae)
    application.refresh_from_db()
    assert application.status == Application.Status.APPROVED


# --- the person is asked first -------------------------------------------------------------------------------------
def test_both_get_the_same_letter_which_says_nothing_of_the_other(kept, merged, lee):
    actions.ask_about_accounts(kept, merged, by=lee)
    asked = Notice.objects.filter(name="second-account-asked").order_by("pk")
    assert {notice.recipient for notice in asked} == {kept.user, merged.user}
    for notice in asked:
        deliver(notice.pk)
    first, second = (notice.body for notice in Notice.objects.filter(name="second-account-asked"))
    assert first == second
    assert "Haddad" not in first
    assert not {kept.user.email, merged.user.email} & set(first.split())


def test_a_lead_asks_once_and_only_about_who_is_alike(kept, merged, max, rae, lee):
    for by, other in ((lee, max), (lee, kept)):
        with pytest.raises(NotReady):
            actions.ask_about_accounts(kept, other, by=by)
    with pytest.raises(Exception, match="propose_merge"):
        actions.ask_about_accounts(kept, merged, by=rae)
    actions.ask_about_accounts(kept, merged, by=lee)
    with pytest.raises(NotReady):
        actions.ask_about_accounts(merged, kept, by=lee)
    assert Notice.objects.filter(name="second-account-asked").count() == 2


def test_the_page_answers_the_same_whatever_address_is_named(client, kept, merged, max):
    """No way to learn who has an account, nor whether anybody was asked."""
    before, pages = None, set()
    for address in (
        merged.user.email,
        max.user.email,
        kept.user.email,
        "nobody@example.org",
        merged.user.email.upper(),
    ):
        client.force_login(kept.user)
        shown = client.get("/apply/accounts/").content
        sent = client.post("/apply/accounts/", {"another": "yes", "address": address}, follow=True)
        pages.add(_without_token(sent.content))
        assert before in (None, _without_token(shown))
        before = _without_token(shown)
    assert len(pages) == 1
    said = AccountAnswer.objects.filter(person=kept).order_by("pk").values_list("other", flat=True)
    assert list(said) == [merged.pk, max.pk, None, merged.pk]


def _without_token(html):
    return b"\n".join(line for line in html.splitlines() if b"csrfmiddlewaretoken" not in line)


def test_a_yes_without_an_address_is_asked_again(client, kept):
    client.force_login(kept.user)
    page = client.post("/apply/accounts/", {"another": "yes", "address": ""})
    assert "Type the e-mail address of your other account." in page.content.decode()
    assert not AccountAnswer.objects.exists()


def test_who_has_not_begun_is_led_to_begin(client):
    client.force_login(factories.user())
    assert client.get("/apply/accounts/").headers["Location"] == "/apply/"


def test_a_stranger_who_knows_name_birth_date_and_address_gets_nowhere(kept, merged, lee):
    """``merged`` is an attacker's: alike in everything, and naming the victim. The victim says no, nothing, or names another account of theirs."""
    actions.ask_about_accounts(kept, merged, by=lee)
    say(merged, kept)
    own_second = factories.person("Noor", "Haddad", birth_date=BORN)
    for answer in (
        lambda: None,
        lambda: actions.answer_about_accounts(kept, has_another=False),
        lambda: say(kept, own_second),
        lambda: actions.answer_about_accounts(kept, has_another=True, address="typo@example.org"),
    ):
        answer()
        for stays, closes in ((kept, merged), (merged, kept)):
            assert "have named the other" in problems_of(stays, closes, lee)
    assert not pairs_to_merge(lee).exists()


def test_the_last_answer_counts(kept, merged, lee):
    say_both(kept, merged)
    assert [pair.asked_by for pair in pairs_to_merge(lee)] == [None]
    actions.answer_about_accounts(kept, has_another=False)
    assert not pairs_to_merge(lee).exists()
    assert "have named the other" in problems_of(kept, merged, lee)


# --- the merge -----------------------------------------------------------------------------------------------------
def test_what_hangs_on_the_second_account_moves(kept, merged, lee, lou):
    application = factories.filed_application(merged)
    actions.write_to_person(merged, "Which school?", mark=uuid4(), seen=None, by=lee)
    held = hold(merged, lee)
    papers = set(merged.documents.values_list("pk", flat=True))
    merge = make_one(kept, merged, lee, lou)
    assert merge.plan["moves"].keys() >= {"applications.application", "applications.message", "certification.hold"}
    assert latest_application(kept.user) == application
    assert set(kept.documents.values_list("pk", flat=True)) == papers
    assert kept.charges.count() == kept.messages.count() == 1
    held.refresh_from_db()
    assert held.person == kept
    assert held.history.latest().history_change_reason == f"merge {merge.pk}"
    assert Two(kept, merged).plan()["moves"] == {}
    application.refresh_from_db()
    assert application.answers["name"]["given_name"] == "Noor"
    assert documents.checked(kept.documents.first())


def test_both_addresses_are_told_and_the_audit_knows(kept, merged, lee, lou):
    make_one(kept, merged, lee, lou)
    told = {notice.recipient: notice for notice in Notice.objects.filter(name="accounts-joined")}
    for notice in told.values():
        deliver(notice.pk)
        notice.refresh_from_db()
    assert "is closed" in told[merged.user].body
    assert "as before" in told[kept.user].body
    assert AuditEvent.objects.filter(action="merged persons", actor_id=lou.pk).count() == 2


def test_the_account_that_closed_says_where_to_sign_in(client, fresh_cache, kept, merged, lee, lou):
    client.force_login(merged.user)
    make_one(kept, merged, lee, lou)
    assert client.get("/apply/").status_code == 302
    client.post("/accounts/login/code/", {"email": merged.user.email})
    assert Notice.objects.filter(recipient=merged.user, name="sign-in-elsewhere").count() == 1
    Client().post("/accounts/login/code/", {"email": kept.user.email})
    assert Notice.objects.filter(recipient=kept.user, name="sign-in").count() == 1


def test_letters_data_and_looks_of_both_are_the_persons(client, kept, merged, rae, lee, lou):
    application = factories.filed_application(merged)
    actions.open_by_name(application, by=rae, reason="check")
    client.force_login(rae)
    client.get(reverse("admin:applications_application_change", args=[application.pk]))
    letter = Notice.objects.get(recipient=merged.user, name="application-submitted")
    deliver(letter.pk)
    make_one(kept, merged, lee, lou)
    user = User.objects.get(pk=kept.user_id)
    client.force_login(user)
    assert str(letter.public_id) in client.get(reverse("certification:letters")).content.decode()
    assert client.get(reverse("certification:letter", args=[letter.public_id])).status_code == 200
    files = lists(taken(user))
    assert any(merged.user.email in str(rows) for rows in files.values())
    assert {str(part.title) for part in parts_told_to(user)} >= {
        "Your applications",
        "What you said about another account",
    }
    assert "a reviewer" in {opening.who for opening in openings_of(user)}


def test_an_adverse_letter_to_the_closed_account_can_still_be_appealed(client, kept, merged, lee, lou):
    hold(merged, lee)
    letter = Notice.objects.get(recipient=merged.user, name="hold-opened")
    deliver(letter.pk)
    make_one(kept, merged, lee, lou)
    client.force_login(User.objects.get(pk=kept.user_id))
    client.post(reverse("discipline:appeal", args=[letter.public_id]), {"text": "Please look again."})
    assert kept.appeals.get().notice == letter


def test_standing_on_the_registry_stays_as_it_was(client, fresh_cache, kept, merged, lee, lou):
    number = issue(kept, by=None, why="test").number
    pages = [f"/registry/?q={asked}" for asked in ("Haddad+Noor", number)]

    def shown():
        return [re.sub(r"\d+:\d+[^<]*", "", client.get(page, follow=True).content.decode()) for page in pages]

    before = shown()
    assert all(number in page for page in before)
    merge = make_one(kept, merged, lee, lou)
    assert shown() == before
    take_apart(merge, lee, lou)
    assert shown() == before


def test_a_draft_beside_an_open_application_stays_where_it_is(kept, merged, lee, lou):
    factories.filed_application(kept)
    draft = factories.draft(merged)
    charge = actions.open_checkout(draft, by=merged.user)
    papers = merged.documents.count()
    merge = make_one(kept, merged, lee, lou)
    assert merged.applications.get() == draft
    assert merged.documents.count() == papers
    factories.pay(charge)
    draft.refresh_from_db()
    charge.refresh_from_db()
    assert (draft.status, bool(charge.refund_due_at)) == (Application.Status.DRAFT, True)
    assert "applications.application" not in merge.plan["moves"]


def test_everything_that_hangs_on_a_person_moves_or_is_refused(kept, merged):
    """A kind of rows that a new app hangs on people stands in the way until somebody decides about it."""
    known = {model._meta.label for model in MOVED}
    others = {one.related_model._meta.label for one in Person._meta.related_objects} - known
    assert others == {
        "certification.Person",
        "certification.Certification",
        "certification.NameChange",
        "certification.SearchName",
        "discipline.Appeal",
        "reporting.Demographics",
        "training_providers.RosterRow",
    }
    for model, column in MOVED.items():
        assert model._meta.get_field(column).related_model is Person


# --- refusals ------------------------------------------------------------------------------------------------------
def certified(kept, merged, lee):
    issue(merged, by=None, why="test")


def decided(kept, merged, lee):
    factories.approved_application(merged)


def two_open(kept, merged, lee):
    factories.filed_application(kept)
    factories.filed_application(merged)


def other_birth_date(kept, merged, lee):
    merged.set_birth_date(date(1990, 1, 1))
    record(merged, by=None, why="test", birth_date=merged.birth_date, birth_date_mac=merged.birth_date_mac)


def other_name(kept, merged, lee):
    factories.filed_application(merged)
    record(kept, by=None, why="test", given_name="Nora")


def a_question(kept, merged, lee):
    actions.write_to_office(merged, "When?", mark=uuid4())


def a_proposed_denial(kept, merged, lee):
    application = factories.filed_application(merged)
    actions.claim(application, by=lee)
    propose(application, lee)


def a_decision_on_its_way(kept, merged, lee):
    application = factories.filed_application(merged)
    actions.claim(application, by=lee)
    accept_all(application, lee)
    actions.propose(application, "approve", by=lee)


def papers_kept(kept, merged, lee):
    for person in (kept, merged):
        hold_records(person, reason="A court asked.", by=lee)


def holder_applies(kept, merged, lee):
    factories.filed_application(merged)
    issue(kept, by=None, why="test")


def staff_account(kept, merged, lee):
    record(merged.user, by=None, why="test", is_staff=True)


def handed_on(kept, merged, lee):
    actions.hand_on(factories.filed_application(merged), by=lee)


@pytest.mark.parametrize(
    ("arrange", "why"),
    [
        (certified, "cannot be moved: Certification"),
        (decided, "was decided"),
        (two_open, "open application"),
        (other_birth_date, "birth dates"),
        (other_name, "legal names"),
        (a_question, "waits for an answer"),
        (a_proposed_denial, "on its way"),
        (a_decision_on_its_way, "on its way"),
        (papers_kept, "Both have this open"),
        (holder_applies, "already have a certificate"),
        (staff_account, "works here"),
        (handed_on, "handed this file on"),
    ],
)
def test_what_is_not_built_is_refused_with_its_reason(kept, merged, lee, arrange, why):
    say_both(kept, merged)
    arrange(kept, merged, lee)
    assert why in problems_of(kept, merged, lee)
    assert not Merge.objects.exists()


def test_nobody_merges_their_own_accounts(kept, merged):
    own = factories.staff("lead reviewer")
    record(kept, by=None, why="test", user=own)
    assert "own file" in problems_of(kept, merged, own)


def test_it_takes_two_and_the_right(kept, merged, rae, lee, lou):
    say_both(kept, merged)
    with pytest.raises(Exception, match="propose_merge"):
        actions.propose_merge(kept, merged, by=rae)
    merge = actions.propose_merge(kept, merged, by=lee)
    assert list(merges_to_decide(lou)) == [merge]
    assert not merges_to_decide(lee).exists()
    with pytest.raises(NotReady, match="second person"):
        actions.decide_merge(merge, agreed=True, by=lee)
    with pytest.raises(Exception, match="decide_merge"):
        actions.decide_merge(merge, agreed=True, by=rae)
    actions.decide_merge(merge, agreed=False, by=factories.staff("registrar"))
    merged.refresh_from_db()
    assert merged.merged_into is None
    assert not Notice.objects.filter(name="accounts-joined").exists()


def a_paper(kept, merged):
    factories.document(kept)


def another_answer(kept, merged):
    actions.answer_about_accounts(merged, has_another=False)


def a_message(kept, merged):
    actions.write_to_office(kept, "Hello", mark=uuid4())


def a_withdrawal(kept, merged):
    actions.withdraw(merged.applications.get(), by=merged.user)


@pytest.mark.parametrize("change", [a_paper, another_answer, a_message, a_withdrawal])
def test_an_approval_is_void_if_anything_changed_in_between(kept, merged, lee, lou, change):
    factories.filed_application(merged)
    say_both(kept, merged)
    merge = actions.propose_merge(kept, merged, by=lee)
    change(kept, merged)
    with pytest.raises(NotReady):
        actions.decide_merge(merge, agreed=True, by=lou)
    merge.refresh_from_db()
    merged.refresh_from_db()
    assert (merge.decided_at, merged.merged_into) == (None, None)
    actions.decide_merge(merge, agreed=False, by=lou)


# --- and back ------------------------------------------------------------------------------------------------------
GROWS = ("historical", "auditevent", "notice", "accountanswer", "accountpair", "applications_merge", "session")


def all_rows():
    """Every row of every table, but of those that tell what happened and only grow."""
    with connection.cursor() as cursor:
        tables = [
            name for name in connection.introspection.table_names(cursor) if not any(one in name for one in GROWS)
        ]
        found = {}
        for table in tables:
            cursor.execute(f'SELECT "{table}"::text FROM "{table}" ORDER BY 1')
            found[table] = cursor.fetchall()
    return found


def test_undone_all_is_again_exactly_as_it_was(kept, merged, rae, lee, lou):
    application = factories.filed_application(merged)
    actions.claim(application, by=rae)
    ask(application, rae)
    factories.sent_training(merged)
    hold(merged, lee)
    hold_records(merged, reason="A court asked.", by=lee)
    actions.write_to_person(merged, "Which school?", mark=uuid4(), seen=None, by=rae)
    factories.document(kept)
    actions.withdraw(factories.draft(kept), by=kept.user)
    before = all_rows()
    merge = make_one(kept, merged, lee, lou)
    between = all_rows()
    assert {model._meta.db_table for model in MOVED} <= {table for table in before if before[table] != between[table]}
    take_apart(merge, lou, lee)
    assert all_rows() == before
    told = Notice.objects.filter(name="accounts-apart").values_list("recipient", flat=True)
    assert set(told) == {kept.user_id, merged.user_id}


def test_it_can_be_made_and_undone_again_but_each_only_once(kept, merged, lee, lou):
    first = make_one(kept, merged, lee, lou)
    take_apart(first, lee, lou)
    with pytest.raises(NotReady, match="nothing to undo"):
        actions.propose_undoing(first, by=lee)
    second = make_one(kept, merged, lee, lou)
    with pytest.raises(NotReady, match="nothing to undo"):
        actions.propose_undoing(first, by=lee)
    take_apart(second, lee, lou)
    merged.refresh_from_db()
    assert merged.merged_into is None


def test_what_came_since_stands_in_the_way_of_undoing(kept, merged, lee, lou, rae):
    application = factories.filed_application(merged)
    merge = make_one(kept, merged, lee, lou)
    factories.document(kept)
    actions.claim(application, by=rae)
    with pytest.raises(NotReady) as refused:
        actions.propose_undoing(merge, by=lee)
    assert "Document (1)" in str(refused.value)
    assert "moved on since the merge: Application" in str(refused.value)


def test_an_undoing_is_void_if_anything_changed_in_between(kept, merged, lee, lou):
    merge = make_one(kept, merged, lee, lou)
    undoing = actions.propose_undoing(merge, by=lee)
    factories.document(kept)
    with pytest.raises(NotReady):
        actions.decide_merge(undoing, agreed=True, by=lou)
    merged.refresh_from_db()
    assert merged.merged_into == kept


def test_a_closed_account_takes_no_part_in_another_merge(kept, merged, lee, lou):
    make_one(kept, merged, lee, lou)
    third = factories.person("Noor", "Haddad", birth_date=BORN)
    say_both(third, kept)
    assert "cannot be moved: Person" in problems_of(third, kept, lee)
    assert "closed already" in problems_of(third, merged, lee)


# --- the pages -----------------------------------------------------------------------------------------------------
def test_from_the_case_page_to_one_account(client, kept, merged, lee):
    application = factories.filed_application(kept)
    actions.open_by_name(application, by=lee, reason="check")
    client.force_login(lee)
    alike = reverse("admin:applications_application_accounts", args=[application.pk])
    assert "The same birth date, and a close name." in client.get(alike).content.decode()
    client.post(alike, {"other": "0"})
    assert not AccountPair.objects.exists()
    client.post(alike, {"other": merged.pk})
    pair = AccountPair.objects.get()
    for one, named in ((kept, merged), (merged, kept)):
        client.force_login(one.user)
        client.post("/apply/accounts/", {"another": "yes", "address": named.user.email})
    client.force_login(lee)
    page = client.get(reverse("admin:applications_accountpair_change", args=[pair.pk])).content.decode()
    assert page.count("both are mine, and named the other") == 2
    plan = reverse("admin:applications_accountpair_plan", args=[pair.pk, kept.pk])
    assert "Nothing moves." in client.get(plan).content.decode()
    client.post(plan)
    merge = Merge.objects.get()
    assert merge.kept == kept
    own = reverse("admin:applications_merge_change", args=[merge.pk])
    assert "A second person must do it." in client.get(own).content.decode()
    client.force_login(factories.staff("registrar"))
    assert 'name="agree"' in client.get(own).content.decode()
    client.post(reverse("admin:applications_merge_decide", args=[merge.pk]), {"agree": "1"})
    merged.refresh_from_db()
    assert merged.merged_into == kept
    client.force_login(lee)
    assert "Propose to undo it" in client.get(own).content.decode()
    client.post(reverse("admin:applications_merge_undo", args=[merge.pk]))
    assert Merge.objects.get(undoes=merge).decided_at is None


def test_the_plan_of_a_pair_is_about_these_two(client, kept, merged, max, lee):
    say_both(kept, merged)
    client.force_login(lee)
    plan = reverse("admin:applications_accountpair_plan", args=[AccountPair.objects.get().pk, max.pk])
    assert client.get(plan).status_code == client.post(plan).status_code == 404


def test_a_look_at_the_pair_is_shown_to_both(client, kept, merged, lee):
    say_both(kept, merged)
    client.force_login(lee)
    client.get(reverse("admin:applications_accountpair_change", args=[AccountPair.objects.get().pk]))
    assert [len(openings_of(one.user)) for one in (kept, merged)] == [1, 1]


def test_what_was_sent_while_the_account_closed_is_refused(kept, merged, lee, lou):
    draft = factories.draft(merged)
    charge = actions.open_checkout(draft, by=merged.user)
    stale, page = (
        Application.objects.select_related("person__user").get(pk=draft.pk),
        next(iter(draft.draft_pages.all())),
    )
    make_one(kept, merged, lee, lou)
    for late in (
        lambda: actions.save_page(stale, page_named(page.page), page.answers, by=merged.user),
        lambda: actions.write_to_office(merged, "Hello", mark=uuid4()),
        lambda: actions.begin(merged.user),
    ):
        with pytest.raises(Refused):
            late()
    payments.confirm(charge, reference="late", cents=charge.cents)
    draft.refresh_from_db()
    assert (draft.person, draft.status) == (kept, Application.Status.SUBMITTED)
    assert Notice.objects.get(name="application-submitted").recipient == kept.user
    assert not Message.objects.filter(person=merged).exists()
