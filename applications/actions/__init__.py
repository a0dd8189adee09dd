"""The verbs of an application: the person's (``filing``) and the staff's (``review``)."""

from .filing import answer, begin, drop_draft_documents, fee_paid, open_checkout, save_page, withdraw

__all__ = ["answer", "begin", "drop_draft_documents", "fee_paid", "open_checkout", "save_page", "withdraw"]
