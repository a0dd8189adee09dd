"""The staff's side: the case page (``case``), what its buttons do (``deciding``, ``holds``, ``days``), who gets which file (``dealing``), files that are read twice (``readings``), accounts that are of one person (``merging``), and messages."""

from . import messages
from .case import TONES, case
from .days import extend
from .dealing import as_person, deal, hand_on, open_by_name
from .deciding import act, allow_late, decide_denial, mark, propose_denial
from .figures import figures, return_all
from .holds import end_hold, hold_records, open_hold, release_records, renew_hold
from .merging import decide_merge, merge, pair, plan, possible_accounts, propose_undoing
from .readings import deal_second, second, settle

__all__ = [
    "TONES",
    "act",
    "allow_late",
    "as_person",
    "case",
    "deal",
    "deal_second",
    "decide_denial",
    "decide_merge",
    "end_hold",
    "extend",
    "figures",
    "hand_on",
    "hold_records",
    "mark",
    "merge",
    "messages",
    "open_by_name",
    "open_hold",
    "pair",
    "plan",
    "possible_accounts",
    "propose_denial",
    "propose_undoing",
    "release_records",
    "renew_hold",
    "return_all",
    "second",
    "settle",
]
