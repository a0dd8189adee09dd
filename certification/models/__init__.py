"""The nouns of the lowest app, importable from here whatever file they stand in."""

from .accounts import Recovery, RoleChange, SavedFilter, TwoPeople, User
from .audit import AuditEvent
from .credential import (
    Certification,
    Death,
    Hold,
    Overturning,
    PublicReason,
    Reissue,
    Revocation,
    SearchName,
    Standing,
    Surrender,
    Suspension,
    Term,
)
from .documents import Document, RecordsHold
from .money import Charge, FeeRequest, Refund, Voucher, VoucherBatch
from .names import NameChange
from .notices import Canary, Notice
from .people import (
    NAME_PARTS,
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
    full_name,
)
from .program import EthicsCode, Holiday, Standard
from .unsent import UnsentText

__all__ = [
    "NAME_PARTS",
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
    "FeeRequest",
    "Hold",
    "Holiday",
    "IdentityKind",
    "Labelled",
    "NameChange",
    "Notice",
    "Overturning",
    "Person",
    "Plan",
    "PlanCounty",
    "PublicReason",
    "RecordsHold",
    "Recovery",
    "Refund",
    "Reissue",
    "Revocation",
    "RoleChange",
    "SavedFilter",
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
    "Voucher",
    "VoucherBatch",
    "full_name",
]
