"""Questions about one application: what its pages still need, and what stands between it and each decision."""

from .filing import (
    answer_problems,
    answers_now,
    begin_problems,
    expired_problems,
    legal_name,
    page_problems,
    page_status,
    reopened_pages,
    signature_problems,
    submission_problems,
    under_age_problems,
)
from .pages import PAGES, SECTIONS, Page, page_named
from .review import *  # noqa: F403

__all__ = [  # noqa: PLE0604
    "PAGES",
    "SECTIONS",
    "Page",
    "answer_problems",
    "answers_now",
    "begin_problems",
    "expired_problems",
    "legal_name",
    "page_named",
    "page_problems",
    "page_status",
    "reopened_pages",
    "signature_problems",
    "submission_problems",
    "under_age_problems",
]
