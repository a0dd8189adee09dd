"""Accounts that may be of one person."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat, NullIf

from certification.models import Document, Person

from ..models import AccountPair, Application, Merge, Recusal
from ..rules import close_names

MOST = 20


def possible_duplicates(person):
    """Accounts that may be of the same person: born on the same day with a close name, or with the same file as photo ID. One question to the database.

    None that staff asked about already, none that is closed, and none of staff. A file sent twice is found where it was rewritten to the same bytes.
    """
    same_day, same_file = (
        _same_day(person.pk, person.pk, person.birth_date_mac or None),
        _same_file(person.pk, person.pk),
    )
    alike = Person.objects.filter(pk__in=same_day.values("pk").union(same_file.values("owner")[:MOST]))
    alike = alike.annotate(same_file=Exists(same_file.filter(owner=OuterRef("pk"))), name=_NAME).select_related("user")
    mine = f"{person.given_name} {person.family_name}"
    return [one for one in alike.order_by("pk") if one.same_file or close_names(mine, one.name)][:MOST]


def with_alike(applications):
    """Annotate what ``has_alike`` needs: ``born_alike``, the names on accounts with the same birth date, and ``same_file``, whether another sent the same photo ID."""
    person, inner = OuterRef("person"), OuterRef(OuterRef("person"))
    same_day = _same_day(person, inner, NullIf(OuterRef("person__birth_date_mac"), Value("")))
    return applications.annotate(
        born_alike=ArraySubquery(same_day.values_list(_NAME)), same_file=Exists(_same_file(person, inner))
    )


def has_alike(application):
    """Whether there is a possible duplicate of its person, as ``possible_duplicates`` finds them."""
    mine = f"{application.person.given_name} {application.person.family_name}"
    return application.same_file or any(close_names(mine, name) for name in application.born_alike)


_NAME = Concat("given_name", Value(" "), "family_name")


def _same_day(person, inner, birth_date_mac):
    """Others born on that day; ``inner`` is ``person`` as a query inside names it."""
    people = Person.objects.filter(birth_date_mac=birth_date_mac, user__is_staff=False, merged_into=None)
    return people.filter(~Q(pk=person), ~Exists(_asked(inner, OuterRef("pk"))))


def _same_file(person, inner):
    """Photo IDs of others that are the same file as one of ``person``."""
    photo_ids = Document.objects.filter(kind=Document.Kind.IDENTITY)
    same = photo_ids.filter(fingerprint__in=photo_ids.filter(owner=inner).values("fingerprint"))
    same = same.filter(owner__user__is_staff=False, owner__merged_into=None)
    return same.filter(~Q(owner=person), ~Exists(_asked(inner, OuterRef("owner"))))


def _asked(one, other):
    return AccountPair.objects.filter(Q(first=one, second=other) | Q(first=other, second=one))


def pairs_for(user):
    """The pairs of accounts that a member of staff may handle: never their own, and none whose file they handed on."""
    return _for(AccountPair.objects.all(), user, "first", "second")


def merges_for(user):
    """The merges that a member of staff may handle, likewise."""
    return _for(Merge.objects.all(), user, "kept", "merged")


def _for(rows, user, one, other):
    handed_on = Application.objects.filter(Exists(Recusal.objects.filter(application=OuterRef("pk"), user=user)))
    for whose in (one, other):
        rows = rows.exclude(**{f"{whose}__user": user})
        rows = rows.filter(~Exists(handed_on.filter(person=OuterRef(whose))))
    return rows


def pairs_to_merge(user):
    """Pairs of which each named the other, about which nothing is proposed yet."""
    proposed = Merge.objects.filter(decided_at=None).filter(
        Q(kept=OuterRef("first"), merged=OuterRef("second")) | Q(kept=OuterRef("second"), merged=OuterRef("first"))
    )
    pairs = pairs_for(user).filter(first__merged_into=None, second__merged_into=None)
    return pairs.said_by_both().filter(~Exists(proposed))


def merges_to_decide(user):
    """Merges, and undoings of merges, that wait for a second person other than this one."""
    return merges_for(user).filter(decided_at=None).exclude(proposed_by=user)
