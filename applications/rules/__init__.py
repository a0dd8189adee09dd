"""Questions about one application: what its pages still need, and what stands between it and each decision."""

from .eligibility import QUESTIONS
from .filing import (
    answer_problems,
    answers_now,
    begin_problems,
    expired_problems,
    legal_name,
    page_problems,
    page_status,
    problems_of,
    reopened_pages,
    review_due,
    signature_problems,
    submission_problems,
    under_age_problems,
    writable_pages,
)
from .pages import PAGES, SECTIONS, Page, page_named
from .review import *  # noqa: F403

__all__ = [
    "PAGES",
    "QUESTIONS",
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
    "problems_of",
    "reopened_pages",
    "review_due",
    "signature_problems",
    "submission_problems",
    "under_age_problems",
    "writable_pages",
]
