"""Questions about one person or one proposal."""

from django.utils.translation import gettext as _

from .models import User
from .roles import ROLES
from .standards import add_months


def age_on(birth_date, day):
    """Completed years on ``day``; who is born on 29 February comes of age on 1 March in other years (the later, so never too early)."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def of_age_on(birth_date, years):
    """The first day on which a person born on ``birth_date`` has completed ``years``."""
    day = add_months(birth_date, 12 * years)
    return day if (day.month, day.day) == (birth_date.month, birth_date.day) else day.replace(month=3, day=1)


def second_person_problems(proposal, by):
    """What keeps ``by`` from deciding a proposal: it is decided, it is their own, or it is about them."""
    if proposal.decided_at:
        return [_("This has already been decided.")]
    if by.pk == proposal.proposed_by_id:
        return [_("Whoever proposes cannot decide. A second person must do it.")]
    if by.pk == getattr(proposal, "user_id", None):
        return [_("Nobody decides about their own account.")]
    return []


def role_problems(role):
    return [] if role in ROLES else [_("There is no such role.")]


def recovery_problems(user, new_email):
    """What keeps ``new_email`` from becoming the address of ``user``."""
    if User.objects.filter(email=new_email.lower()).exclude(pk=user.pk).exists():
        return [_("That address belongs to another account.")]
    return []
