"""Who may write legal state, and what may never be rewritten: enforced by the database, told to it from here.

A *signed* table refuses any write unless the session says who writes and why; an *append-only* table refuses change and removal. Both hold for
``QuerySet.update``, bulk calls and SQL typed by hand, which leave no history of their own.
"""

from contextlib import contextmanager

import pgtrigger
from django.db import connection, transaction
from simple_history.models import HistoricalRecords

CLOCK = "the clock"


@contextmanager
def signed(by, why):
    """Tell the database that the writes inside are made by ``by`` (a user, or None for the clock or a partner system) because of ``why``."""
    with transaction.atomic():
        before = _sign(str(by.pk) if by else CLOCK, why or "-")
        yield
        _sign(*before)


def _sign(actor, why):
    """Set who writes and why for this transaction; returns what stood there before, so that signed work may nest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('portal.actor', true), current_setting('portal.why', true)")
        before = cursor.fetchone()
        cursor.execute("SELECT set_config('portal.actor', %s, true), set_config('portal.why', %s, true)", [actor, why])
    return [value or "" for value in before]


def signed_writes():
    """The triggers of a table of legal state: a write must be signed, and a row is never removed."""
    return [
        pgtrigger.Trigger(
            name="signed_writes",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func="""
                IF COALESCE(current_setting('portal.actor', true), '') = '' THEN
                    RAISE EXCEPTION 'unsigned write to %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
                END IF;
                RETURN NEW;
            """,
        ),
        *never_removed(),
    ]


def never_removed():
    """The trigger of a table whose rows stay for good."""
    return [_refused("never_removed", pgtrigger.Delete | pgtrigger.Truncate, "rows of % are never removed")]


def append_only():
    """The trigger of a record of what happened: rows are added and never changed or removed."""
    any_change = pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate
    return [_refused("append_only", any_change, "rows of % are never changed or removed")]


def _refused(name, operation, why):
    """Refuses whole statements, even those that would touch no row: TRUNCATE knows no rows, and one trigger tells of all."""
    refusal = f"RAISE EXCEPTION '{why}', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';"
    return pgtrigger.Trigger(
        name=name, when=pgtrigger.Before, level=pgtrigger.Statement, operation=operation, func=refusal
    )


def facts():
    """The triggers of a table of dated facts: every new row signed, no row ever changed."""
    return [signed_writes()[0], *append_only()]


class History(HistoricalRecords):
    """The readable timeline of a record, in a table that can only grow."""

    def get_meta_options(self, model):
        return super().get_meta_options(model) | {"triggers": append_only()}
