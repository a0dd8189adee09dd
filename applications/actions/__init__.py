"""The verbs of an application: the person's (``filing``) and the staff's (``review``)."""

from .days import add_days
from .filing import answer, begin, fee_paid, open_checkout, save_page, withdraw
from .review import (
    accept_requirement,
    approve,
    ask_for_more,
    asking_letter,
    claim,
    close_run_out_approvals,
    complete,
    decide_denial,
    denial_letter,
    end_hold,
    exam_ended,
    exam_opened,
    open_hold,
    propose_denial,
    refuse_requirement,
    release,
)

__all__ = [
    "accept_requirement",
    "add_days",
    "answer",
    "approve",
    "ask_for_more",
    "asking_letter",
    "begin",
    "claim",
    "close_run_out_approvals",
    "complete",
    "decide_denial",
    "denial_letter",
    "end_hold",
    "exam_ended",
    "exam_opened",
    "fee_paid",
    "open_checkout",
    "open_hold",
    "propose_denial",
    "refuse_requirement",
    "release",
    "save_page",
    "withdraw",
]
