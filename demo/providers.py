"""Invented training providers with dated approvals, some of which have ended."""

from datetime import date
from typing import NamedTuple

from certification.models import User
from certification.queries import today
from certification.standards import add_months
from training_providers import actions
from training_providers.models import Approval, Provider


class Approved(NamedTuple):
    """``since`` and ``until`` are months from today; ``until`` None goes on."""

    training_type: str
    language: str
    delivery: str
    since: int
    until: int | None = None


PROVIDERS = {
    "Bridges Peer Academy": [Approved("core", "en", "both", -52), Approved("core", "es", "online", -40)],
    "Casa Camino": [Approved("core", "es", "in person", -50), Approved("continuing", "es", "in person", -30)],
    "Central Valley Recovery Institute": [Approved("core", "en", "in person", -48)],
    "Compañeros de Recuperación": [Approved("core", "es", "both", -36)],
    "Delta Wellness Training": [Approved("core", "en", "online", -44), Approved("supervisor", "en", "online", -24)],
    "First Light Learning": [Approved("core", "en", "online", -52, -20), Approved("continuing", "en", "online", -19)],
    "Foothill Family Partners": [
        Approved("parent-family", "en", "both", -40),
        Approved("parent-family", "es", "online", -28),
    ],
    "Harbor Street Collective": [Approved("unhoused", "en", "in person", -30), Approved("crisis", "en", "both", -30)],
    "Manzanita Community Learning": [Approved("core", "en", "both", -30), Approved("core", "es", "in person", -12)],
    "Nuevo Paso": [Approved("core", "es", "online", -46, -6)],
    "Pacific Peer Network": [Approved("core", "en", "online", -52), Approved("justice", "en", "online", -26)],
    "Redwood Recovery School": [
        Approved("core", "en", "in person", -42, 8),
        Approved("crisis", "en", "in person", -18),
    ],
    "Second Wind Training": [Approved("core", "en", "in person", -50, -30)],
}


def approve_all(*, by: User) -> None:
    """Let the training desk take in every provider and its approvals."""
    for number, (name, approvals) in enumerate(PROVIDERS.items(), 10):
        domain = f"provider{number}.example.org"
        provider = Provider(
            name=name, website=f"https://{domain}", phone=f"(916) 555-01{number}", email=f"classes@{domain}"
        )
        actions.save_provider(provider, by=by)
        for approved in approvals:
            approval = Approval(
                provider=provider,
                training_type=approved.training_type,
                language=approved.language,
                delivery=approved.delivery,
                starts=_months(approved.since),
                ends=_months(approved.until) if approved.until else None,
            )
            actions.add_approval(approval, by=by)


def _months(months: int) -> date:
    return add_months(today(), months)
