"""What changes in exams: answers about changes, attempts, results."""

from .attempts import (
    ATTEMPT_STEPS,
    AUTHORIZE,
    FAIL,
    LAPSE,
    PASS,
    VOID,
    ask_fee_back,
    fee_paid,
    open_checkout,
    void,
    void_run_out_authorizations,
)
from .changes import CHANGE_STEPS, GRANT, REFUSE, REQUEST, answer_change_question, grant, refuse
from .orders import make_order_file
from .results import apply_again, apply_row, import_file, settle_row

__all__ = [
    "ATTEMPT_STEPS",
    "AUTHORIZE",
    "CHANGE_STEPS",
    "FAIL",
    "GRANT",
    "LAPSE",
    "PASS",
    "REFUSE",
    "REQUEST",
    "VOID",
    "answer_change_question",
    "apply_again",
    "apply_row",
    "ask_fee_back",
    "fee_paid",
    "grant",
    "import_file",
    "make_order_file",
    "open_checkout",
    "refuse",
    "settle_row",
    "void",
    "void_run_out_authorizations",
]
