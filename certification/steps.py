"""How anything here changes status: one table of steps, one function that takes them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from .signing import signed


class Refused(Exception):
    """What was asked cannot be done now; ``str()`` is fit to show the person who asked."""


class WrongState(Refused):
    """The record has moved on since the person saw it."""


class NotReady(Refused):
    """Something still stands in the way; ``problems`` lists it in words."""

    def __init__(self, problems):
        super().__init__(" ".join(problems))
        self.problems = problems


def no_problems(obj, by):
    return []


@dataclass(frozen=True)
class Step:
    """One way from some statuses to another. ``name`` is a verb; ``problems(obj, by)`` lists in words what stands in the way.

    A step without a ``permission`` is the person's own or the clock's.
    """

    name: str
    sources: frozenset
    target: str
    permission: str = ""
    problems: Callable = no_problems

    def allows(self, by):
        return not self.permission or bool(by and by.has_perm(self.permission))

    def open_to(self, by, obj):
        """Whether a button for this step belongs on the page of ``by``."""
        return obj.status in self.sources and self.allows(by)


@transaction.atomic
def take(step, obj, *, by, reason="", **changes):
    """Take ``obj`` through ``step`` as ``by``, or raise ``Refused`` or ``PermissionDenied`` and leave it untouched.

    The row is locked and read afresh first, so of two people acting at once the second is refused. ``by=None`` is the clock or a partner system.
    """
    lock(obj)
    if obj.status not in step.sources:
        raise WrongState(_("This cannot be done now: it is %(status)s.") % {"status": obj.get_status_display()})
    if not step.allows(by):
        raise PermissionDenied(step.permission)
    if problems := step.problems(obj, by):
        raise NotReady(problems)
    record(obj, by=by, why=f"{step.name}: {reason}".rstrip(": "), status=step.target, **changes)


def lock(obj):
    """Lock the row of ``obj`` until the transaction ends, and read it afresh."""
    obj.refresh_from_db(from_queryset=type(obj)._base_manager.select_for_update(of=("self",), no_key=True))


def record(obj, *, by, why, **changes):
    """Save ``changes`` (or all of a new ``obj``), signed, and let the history say who made them and why; returns ``obj``."""
    for name, value in changes.items():
        setattr(obj, name, value)
    obj._history_user, obj._change_reason = by, why
    try:
        with signed(by, why):
            obj.save(update_fields=None if obj._state.adding else changes)
    finally:
        del obj._history_user, obj._change_reason
    return obj
