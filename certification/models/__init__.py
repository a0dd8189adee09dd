"""The nouns of the lowest app, importable from here whatever file they stand in."""

from .accounts import Recovery, RoleChange, TwoPeople, User
from .audit import AuditEvent
from .credential import (
    Certification,
    Death,
    Hold,
    Overturning,
    PublicReason,
    Revocation,
    SearchName,
    Standing,
    Surrender,
    Suspension,
    Term,
)
from .documents import Document, RecordsHold
from .money import Charge, Refund
from .notices import Canary, Notice
from .people import (
    Competency,
    County,
    CountyParticipation,
    EducationKind,
    ExamArea,
    IdentityKind,
    Labelled,
    Person,
    Plan,
    PlanCounty,
    Specialization,
)
from .program import EthicsCode, Holiday, Standard
from .unsent import UnsentText

__all__ = [
    "AuditEvent",
    "Canary",
    "Certification",
    "Charge",
    "Competency",
    "County",
    "CountyParticipation",
    "Death",
    "Document",
    "EducationKind",
    "EthicsCode",
    "ExamArea",
    "Hold",
    "Holiday",
    "IdentityKind",
    "Labelled",
    "Notice",
    "Overturning",
    "Person",
    "Plan",
    "PlanCounty",
    "PublicReason",
    "RecordsHold",
    "Recovery",
    "Refund",
    "Revocation",
    "RoleChange",
    "SearchName",
    "Specialization",
    "Standard",
    "Standing",
    "Surrender",
    "Suspension",
    "Term",
    "TwoPeople",
    "UnsentText",
    "User",
]
