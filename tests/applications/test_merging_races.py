"""A merge beside whatever else happens at that moment: one effect. Real threads on a real database."""

from datetime import date

import pytest

from applications import actions
from applications.models import AccountPair, Application, Merge
from applications.rules import Two
from certification import payments
from certification.models import Notice, Person
from certification.steps import Refused
from tests import factories
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("connections_end")]
TIMES = 5


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def two():
    """Two accounts of one person, each of which named the other."""
    pair = [factories.person("Noor", "Haddad", birth_date=date(1981, 4, 9)) for _each in range(2)]
    for one, other in (pair, reversed(pair)):
        actions.answer_about_accounts(one, has_another=True, address=other.user.email)
    return pair


def leads(number):
    return [factories.staff("lead reviewer") for _each in range(number)]


def done(answers):
    return [answer for answer in answers if not isinstance(answer, Refused)]


def told():
    return Notice.objects.filter(name="accounts-joined").count()


def test_two_who_name_each_other_at_once_are_a_pair():
    for _time in range(TIMES):
        one, other = (factories.person("Noor", "Haddad") for _each in range(2))
        race(
            [
                lambda who=who, named=named: actions.answer_about_accounts(
                    fresh(who), has_another=True, address=named.user.email
                )
                for who, named in ((one, other), (other, one))
            ]
        )
        assert AccountPair.objects.filter(first__in=[one, other]).count() == 1


def test_many_propose_both_ways_and_one_is_proposed():
    first, second = two()
    by = leads(1)[0]
    ways = [(first, second), (second, first)] * 5
    answers = race([lambda way=way: actions.propose_merge(*map(fresh, way), by=by) for way in ways])
    assert len(done(answers)) == Merge.objects.count() == 1


def test_many_decide_and_it_is_done_once():
    kept, merged = two()
    factories.filed_application(merged)
    lee, *others = leads(6)
    merge = actions.propose_merge(kept, merged, by=lee)
    answers = race([lambda by=by: actions.decide_merge(fresh(merge), agreed=True, by=by) for by in others])
    assert len(done(answers)) == 1
    assert fresh(merged).merged_into == kept
    assert (told(), merge.history.exclude(decided_at=None).count()) == (2, 1)


def test_one_agrees_and_one_does_not_and_the_first_counts():
    for _time in range(TIMES):
        (kept, merged), (lee, lou, les) = two(), leads(3)
        merge = actions.propose_merge(kept, merged, by=lee)
        race(
            [
                lambda by=by, agreed=agreed, merge=merge: actions.decide_merge(fresh(merge), agreed=agreed, by=by)
                for by, agreed in ((lou, True), (les, False))
            ]
        )
        assert (fresh(merged).merged_into == kept) is fresh(merge).agreed


def beside(act):
    """A merge decided while ``act`` happens on the account that closes; its answer, and the two accounts."""
    (kept, merged), (lee, lou) = two(), leads(2)
    draft = factories.draft(merged)
    charge = actions.open_checkout(draft, by=merged.user)
    merge = actions.propose_merge(kept, merged, by=lee)
    decided, acted = race(
        [
            lambda: actions.decide_merge(fresh(merge), agreed=True, by=lou),
            lambda: act(merged, fresh(draft), fresh(charge)),
        ]
    )
    joined = not isinstance(decided, Refused)
    assert (fresh(merged).merged_into == kept) is joined
    return joined, acted, kept, merged, fresh(draft)


def pay(_merged, _draft, charge):
    return payments.confirm(charge, reference=f"paid-{charge.pk}", cents=charge.cents)


def test_a_merge_while_the_person_files_leaves_one_whole_application():
    for _time in range(TIMES):
        joined, paid, kept, merged, draft = beside(pay)
        assert paid is True
        assert draft.status == Application.Status.SUBMITTED
        owner = kept if joined else merged
        assert draft.person == owner
        assert Notice.objects.filter(name="application-submitted", recipient=owner.user).count() == 1
        assert fresh(owner).given_name == draft.answers["name"]["given_name"]


def test_a_merge_while_the_person_begins_or_writes_hangs_nothing_on_the_closed_account():
    acts = (
        lambda merged, _draft, _charge: actions.begin(merged.user),
        lambda merged, _draft, _charge: factories.draft(fresh(merged)),
    )
    for act in acts * 3:
        joined, _acted, kept, merged, _draft = beside(act)
        if joined:
            left = [
                row for row in Two(fresh(kept), fresh(merged)).rows if row.whose == merged.pk and row.kind != "self"
            ]
            assert [row.kind for row in left if row.kind != "certification.document"] == []


def test_undoing_raced_by_something_new_leaves_one_truth():
    for _time in range(TIMES):
        (kept, merged), (lee, lou) = two(), leads(2)
        factories.filed_application(merged)
        merge = actions.propose_merge(kept, merged, by=lee)
        actions.decide_merge(merge, agreed=True, by=lou)
        undoing = actions.propose_undoing(merge, by=lee)
        undone, _new = race(
            [
                lambda undoing=undoing, by=lou: actions.decide_merge(fresh(undoing), agreed=True, by=by),
                lambda kept=kept: factories.document(fresh(kept)),
            ]
        )
        apart = not isinstance(undone, Refused)
        assert (fresh(merged).merged_into is None) is apart
        assert merged.applications.count() == int(apart)
        assert Person.objects.get(pk=kept.pk).applications.count() == int(not apart)
