"""The days a person must not miss, as a page and as a file for a calendar. Every app adds its own in ``AppConfig.ready()``.

Others see the calendar on a phone. So the file names no day for what it is: that stands on the page, behind the sign-in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from .queries import today
from .sealed import fingerprint

# Nine in the morning, six days before and the day before.
ALARMS = (timedelta(days=-6, hours=9), timedelta(days=-1, hours=9))


@dataclass(frozen=True)
class Day:
    """A last day, or with ``opens`` a first one. ``key`` says which, and stays the same when the day is moved."""

    key: str
    on: date
    what: str
    url: str
    opens: bool = False


_shares: list[Callable] = []


def register_days(function):
    """``function(user)`` returns the days that one app has set ``user``, past or to come."""
    _shares.append(function)


def days_of(user):
    """The days to come, the next one first."""
    every = [day for function in _shares for day in function(user)]
    return sorted((day for day in every if day.on >= today()), key=lambda day: day.on)


def calendar_file(days):
    """``days`` as iCalendar (RFC 5545). Taken in once more, a day that was moved is moved and none is doubled."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Certification portal//EN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Certification portal"))
    for day in days:
        calendar.add_component(_event(day))
    return calendar.to_ical()


def _event(day):
    said = _("Certification portal: first day") if day.opens else _("Certification portal: last day")
    address = settings.SITE_URL + reverse("certification:dates")
    now = timezone.now()
    event = Event()
    event.add("uid", f"{fingerprint(f'day {day.key}')[:32]}@{settings.SITE_URL.partition('://')[2]}")
    event.add("sequence", int(now.timestamp()) // 60)  # a calendar keeps the highest
    event.add("dtstamp", now)
    event.add("dtstart", day.on)
    event.add("dtend", day.on + timedelta(days=1))
    event.add("summary", said)
    event.add("description", _("Sign in to see what this day is for:") + f" {address}")
    event.add("url", address)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    for before in ALARMS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", said)
        alarm.add("trigger", before)
        event.add_component(alarm)
    return event
