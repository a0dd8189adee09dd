"""The step tables: every way an application or a requirement on its checklist can move."""

from certification.steps import Step

from ..models import Application, Requirement
from ..rules import (
    answer_problems,
    approval_problems,
    ask_problems,
    claim_problems,
    closing_problems,
    completion_problems,
    denial_problems,
    release_problems,
    requirement_problems,
    submission_problems,
    unanswered_problems,
)

S = Application.Status
REVIEW = "applications.review_application"
OPEN_AFTER_SUBMIT = frozenset({S.SUBMITTED, S.IN_REVIEW, S.MORE_ASKED, S.APPROVED})

SUBMIT = Step("submit", frozenset({S.DRAFT}), S.SUBMITTED, problems=submission_problems)
CLAIM = Step("claim", frozenset({S.SUBMITTED}), S.IN_REVIEW, REVIEW, claim_problems)
RELEASE = Step("release", frozenset({S.IN_REVIEW}), S.SUBMITTED, REVIEW, release_problems)
ASK = Step("ask for more", frozenset({S.IN_REVIEW}), S.MORE_ASKED, REVIEW, ask_problems)
ANSWER = Step("answer", frozenset({S.MORE_ASKED}), S.IN_REVIEW, problems=answer_problems)
APPROVE = Step("approve", frozenset({S.IN_REVIEW}), S.APPROVED, REVIEW, approval_problems)
DENY = Step("deny", frozenset({S.IN_REVIEW}), S.DENIED, "applications.decide_denial", denial_problems)
WITHDRAW = Step("withdraw", frozenset({S.DRAFT}) | OPEN_AFTER_SUBMIT, S.WITHDRAWN)
CLOSE = Step("close", frozenset({S.DRAFT, S.MORE_ASKED, S.APPROVED}), S.CLOSED, problems=closing_problems)
CLOSE_UNANSWERED = Step(
    "close unanswered", frozenset({S.MORE_ASKED}), S.CLOSED, "applications.close_unanswered", unanswered_problems
)
COMPLETE = Step("complete", frozenset({S.APPROVED}), S.COMPLETED, problems=completion_problems)

APPLICATION_STEPS = (SUBMIT, CLAIM, RELEASE, ASK, ANSWER, APPROVE, DENY, WITHDRAW, CLOSE, CLOSE_UNANSWERED, COMPLETE)

R = Requirement.Status

# A mark on the checklist is told with the decision it leads to: the request for more, the approval or the denial.
ACCEPT_REQUIREMENT = Step(
    "accept", frozenset({R.WAITING, R.MORE_ASKED, R.DECLINED}), R.ACCEPTED, REVIEW, requirement_problems
)
ASK_REQUIREMENT = Step(
    "ask", frozenset({R.WAITING, R.ACCEPTED, R.MORE_ASKED, R.DECLINED}), R.MORE_ASKED, REVIEW, requirement_problems
)
DECLINE_REQUIREMENT = Step(
    "decline", frozenset({R.WAITING, R.ACCEPTED, R.MORE_ASKED, R.DECLINED}), R.DECLINED, REVIEW, requirement_problems
)
REOPEN_REQUIREMENT = Step("reopen", frozenset({R.MORE_ASKED}), R.WAITING)

REQUIREMENT_STEPS = (ACCEPT_REQUIREMENT, ASK_REQUIREMENT, DECLINE_REQUIREMENT, REOPEN_REQUIREMENT)
