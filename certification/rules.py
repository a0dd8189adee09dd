"""Questions about one person or one proposal."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .models import Standard, User
from .roles import ROLES
from .standards import KEYS, add_months, read


def age_on(birth_date, day):
    """Completed years on ``day``; who is born on 29 February comes of age on 1 March in other years (the later, so never too early)."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def of_age_on(birth_date, years):
    """The first day on which a person born on ``birth_date`` has completed ``years``."""
    day = add_months(birth_date, 12 * years)
    return day if (day.month, day.day) == (birth_date.month, birth_date.day) else day.replace(month=3, day=1)


def closed_problems(person):
    """What was sent from an account in the moment in which it was closed in favor of another would hang where nobody looks. Call it with the person locked."""
    return [_("This account is closed. Sign in with your other account.")] if person.merged_into_id else []


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


def standard_problems(key, value, effective_from, today):
    """What keeps a value from being the next of its standard: it begins too soon, is there already, or cannot be read."""
    name = next((name for name, known in KEYS.items() if known == key), None)
    if name is None:
        return [_("There is no such standard.")]
    problems = []
    if effective_from <= today:
        problems.append(_("A value is set ahead: from tomorrow or later."))
    if Standard.objects.filter(key=key, effective_from=effective_from).exists():
        problems.append(_("A value from that day on is set already."))
    try:
        read(name, value)
    except ValidationError as error:
        problems += error.messages
    return problems


def recovery_problems(user, new_email):
    """What keeps ``new_email`` from becoming the address of ``user``."""
    if User.objects.filter(email=new_email.lower()).exclude(pk=user.pk).exists():
        return [_("That address belongs to another account.")]
    return []
