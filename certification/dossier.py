"""A person's file: every kind of record we keep of them, and what of each is theirs to take. Every app adds its own in ``AppConfig.ready()``.

The records are what somebody of staff may open, so they are also what "who opened my file" asks about.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import CharField, Model, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .models import (
    Certification,
    Charge,
    Death,
    Document,
    FeeRequest,
    Hold,
    NameChange,
    Notice,
    Person,
    RecordsHold,
    Reissue,
    Revocation,
    Surrender,
    Suspension,
    Term,
    UnsentText,
    User,
)


class Said(NamedTuple):
    """Something to show that is no column as it stands."""

    label: str | Promise
    value: Callable


@dataclass(frozen=True)
class Part:
    """One kind of record in a person's file.

    ``whose`` leads from a record to the sign-in of its person; one that was closed in favor of another belongs to that one. ``shown`` are the columns
    that are theirs to take, in order; ``told`` narrows the records to those that the person knows of.
    """

    title: str | Promise
    model: type[Model]
    whose: str
    shown: tuple[str | Said, ...]
    told: Q = field(default_factory=Q)
    related: tuple[str, ...] = ()

    def all_of(self, user):
        return self.model._base_manager.filter(**{f"{self.whose}__in": user.sign_ins}).order_by("pk")

    def told_to(self, user):
        return self.all_of(user).filter(self.told).select_related(*self.related)

    def in_words(self, record):
        """What is shown of ``record``, by its label in the language of the page."""
        return dict(self._line(record, one) for one in self.shown)

    def _line(self, record, one):
        if isinstance(one, Said):
            return str(one.label), one.value(record)
        column = self.model._meta.get_field(one)
        value = getattr(record, f"get_{one}_display")() if column.choices else getattr(record, one)
        return str(capfirst(column.verbose_name)), value


_parts: list[Part] = []


def register_parts(parts: Iterable[Part]):
    _parts.extend(parts)


def parts():
    return list(_parts)


def parts_told_to(user):
    """Those of which there is something that ``user`` was told of; one question to the database."""
    labels = [part.told_to(user).order_by().values(label=Value(part.model._meta.label, CharField())) for part in _parts]
    found = set(labels[0].union(*labels[1:]).values_list("label", flat=True))
    return [part for part in _parts if part.model._meta.label in found]


def is_personal(model):
    """Whether records of ``model`` are part of somebody's file."""
    return any(part.model is model._meta.concrete_model for part in _parts)


def subjects_of(user):
    """All that is in the file of ``user``, each as the audit log names it; one question to the database."""
    first, *others = (_subjects(part, user) for part in _parts)
    return list(first.union(*others, all=True).values_list("named", flat=True))


def _subjects(part, user):
    named = Concat(Value(f"{part.model._meta.label_lower}:"), Cast("pk", CharField()), output_field=CharField())
    return part.all_of(user).order_by().values(named=named)


# --- the parts of the lowest app -----------------------------------------------------------------------------------
def file_name(document):
    """What a paper is called among what a person takes; nothing where it was deleted."""
    return None if document.deleted_at else f"documents/{document.kind}-{document.pk}.{document.ending}"


def _payer(charge):
    return charge.voucher and charge.voucher.batch.payer


def _overturned_at(fact):
    return fact.overturning.recorded_at if hasattr(fact, "overturning") else None


def _fact(title, model, *shown):
    overturned = Said(_("Found wrong from the start, on"), _overturned_at)
    whose = "certification__person__user"
    return Part(title, model, whose, (*shown, "recorded_at", overturned), related=("overturning",))


PARTS = (
    Part(_("Your account"), User, "pk", ("email", "language", "date_joined", "last_login", "is_active")),
    Part(_("Your e-mail addresses"), EmailAddress, "user", ("email", "verified", "primary")),
    Part(
        _("Where you are signed in"),
        UserSession,
        "user",
        (
            Said(_("From"), attrgetter("created_at")),
            Said(_("Until"), attrgetter("last_seen_at")),
            Said(_("Internet address"), attrgetter("ip")),
            Said(_("Browser"), attrgetter("user_agent")),
        ),
    ),
    Part(_("Sign-in through others"), SocialAccount, "user", ("provider", "uid", "last_login", "date_joined")),
    Part(
        _("About you"),
        Person,
        "user",
        (
            "portal_code",
            "given_name",
            "middle_name",
            "family_name",
            "suffix",
            "preferred_name",
            "birth_date",
            "phone",
            "address_line1",
            "address_line2",
            "city",
            "state",
            "zip_code",
            "no_fixed_address",
            "county",
        ),
        related=("county",),
    ),
    Part(
        _("New names you asked for"),
        NameChange,
        "person__user",
        (
            "old_name",
            Said(_("New name"), attrgetter("new_name")),
            "document",
            "status",
            "asked_at",
            "decided_at",
            "reason",
        ),
        related=("document",),
    ),
    Part(
        _("Papers you sent"),
        Document,
        "owner__user",
        ("kind", Said(_("File"), file_name), "content_type", "size", "pages", "scan", "uploaded_at", "deleted_at"),
    ),
    Part(
        _("Your letters"),
        Notice,
        "recipient",
        ("subject", "body", "language", "created_at", "handed_over_at", "bounced_at"),
        told=Q(helps_until=None, handed_over_at__isnull=False),
    ),
    Part(
        _("What you typed and have not sent yet"), UnsentText, "user", ("text", "saved_at"), told=Q(text__isnull=False)
    ),
    Part(
        _("Fees"),
        Charge,
        "person__user",
        (
            "purpose",
            "cents",
            "opened_at",
            "gateway_reference",
            Said(_("Paid with a voucher from"), _payer),
            "paid_at",
            "refund_due_at",
            "refunded_at",
        ),
        related=("voucher__batch",),
    ),
    Part(
        _("Fees you asked back"),
        FeeRequest,
        "charge__person__user",
        (
            Said(_("Fee paid at"), attrgetter("charge.paid_at")),
            "asked_at",
            "text",
            "granted",
            "answer",
            "decided_at",
        ),
        related=("charge",),
    ),
    Part(_("Holds"), Hold, "person__user", ("kind", "opened_at", "review_on", "ended_at")),
    Part(_("Times in which we keep all your papers"), RecordsHold, "person__user", ("opened_at", "ended_at")),
    Part(_("Your certificates"), Certification, "person__user", ("number", "issued_at")),
    _fact(_("Terms of your certificates"), Term, "starts", "expires_on", "printed_name"),
    Part(
        _("Certificates printed again"),
        Reissue,
        "certification__person__user",
        ("certification", "printed_name", "recorded_at"),
        related=("certification",),
    ),
    _fact(_("Suspensions"), Suspension, "starts", "ends", "public_reason"),
    _fact(_("Revocations"), Revocation, "on", "public_reason"),
    _fact(_("Certificates given up"), Surrender, "on"),
    _fact(_("Reports of a death"), Death, "on"),
)
