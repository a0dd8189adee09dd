"""How the registry says where a certification stands: plain words, and what they mean."""

from django.utils.translation import gettext_lazy as _

from certification.models import Standing
from certification.numbers import PREFIX

TODAY = {
    Standing.ACTIVE: _("This person is certified."),
    Standing.SUSPENDED: _("This certification is suspended."),
    Standing.LAPSED: _("This certification has lapsed."),
    Standing.EXPIRED: _("This certification has expired."),
    Standing.VACATED: _("This certification has ended."),
    Standing.REVOKED: _("This certification was revoked."),
    Standing.SURRENDERED: _("This certification was given up."),
    Standing.ENDED: _("This person is no longer certified."),
    Standing.NOT_YET: _("This person is not certified yet."),
}
THAT_DAY = {
    Standing.ACTIVE: _("This person was certified on that day."),
    Standing.SUSPENDED: _("This certification was suspended on that day."),
    Standing.LAPSED: _("This certification had lapsed by that day."),
    Standing.EXPIRED: _("This certification had expired by that day."),
    Standing.VACATED: _("This certification had ended by that day."),
    Standing.REVOKED: _("This certification had been revoked by that day."),
    Standing.SURRENDERED: _("This certification had been given up by that day."),
    Standing.ENDED: _("This person was no longer certified on that day."),
    Standing.NOT_YET: _("This person was not certified yet on that day."),
}
MEANING = {
    Standing.ACTIVE: _("The certificate was issued and counts in every participating county."),
    Standing.SUSPENDED: _("An order paused it. While it is paused, the person is not certified."),
    Standing.LAPSED: _("It was not renewed by its last day. The person is not certified, and can still renew."),
    Standing.EXPIRED: _("It was not renewed for a long time. The person is not certified, and can ask to come back."),
    Standing.VACATED: _("It was not renewed for years. The person is not certified and would have to apply again."),
    Standing.REVOKED: _("An order took it away. The person is not certified."),
    Standing.SURRENDERED: _("The person gave the certificate back. They are not certified."),
    Standing.ENDED: _("The certificate no longer counts."),
    Standing.NOT_YET: _("The first day of the certificate had not come."),
}
TONE = {Standing.ACTIVE: "good", Standing.SUSPENDED: "bad", Standing.REVOKED: "bad", Standing.LAPSED: "warn"}


def looks_like_number(typed):
    """Whether what was typed must be meant as a number: one name in some hundred could be read as one ("Strawberry Ro")."""
    return typed.strip().upper().startswith(PREFIX) or any(character.isdigit() for character in typed)


def sentence(standing, *, on_today):
    return (TODAY if on_today else THAT_DAY)[standing]


def tone(standing):
    """The colour of the standing's tag; the word beside it says the same."""
    return TONE.get(standing, "quiet")
