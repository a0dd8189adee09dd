"""The nouns of an application, importable from here whatever file they stand in."""

from .applications import Application, DraftPage
from .merging import AccountAnswer, AccountPair, Merge
from .messages import Message, Thread
from .review import Denial, Extension, Opening, Proposal, Reason, Recusal, Requirement, SecondReading
from .sending import UploadLink

__all__ = [
    "AccountAnswer",
    "AccountPair",
    "Application",
    "Denial",
    "DraftPage",
    "Extension",
    "Merge",
    "Message",
    "Opening",
    "Proposal",
    "Reason",
    "Recusal",
    "Requirement",
    "SecondReading",
    "Thread",
    "UploadLink",
]
