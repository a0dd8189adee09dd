"""Days given back to a person whose approval ran while they waited for us."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from certification.notices import notify
from certification.steps import NotReady, lock, record

from ..models import Extension
from ..rules import extension_problems, valid_through

EXTEND = "applications.extend_approval"


@transaction.atomic
def add_days(application, days, *, why):
    """Let the approval of ``application`` end ``days`` later. The history names no desk, for it would tell why."""
    lock(application)
    record(application, by=None, why=why, extra_days=application.extra_days + days)


@transaction.atomic
def extend_approval(application, days, *, reason, by):
    """Give back ``days`` that we used beyond our own clocks, with a letter that says why. Raises ``NotReady`` where that is not allowed, or are too many."""
    if not by.has_perm(EXTEND):
        raise PermissionDenied(EXTEND)
    lock(application)
    if problems := extension_problems(application, days, by):
        raise NotReady(problems)
    made = Extension(application=application, days=days, reason=reason, added_by=by)
    record(made, by=by, why="extend approval")
    add_days(application, days, why="days we took are given back")
    ends = valid_through(application)
    context = {"days": days, "reason": reason, "valid_through_on": ends.isoformat() if ends else ""}
    notify(application.person.user, "approval-extended", context, key=f"approval-extended:{made.pk}")
