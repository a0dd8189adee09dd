"""``python -m tests.faults.letters COUNT SECONDS_AGO`` queues letters to as many people, each in a transaction of its own."""

import os
import sys
from datetime import timedelta

import django
import time_machine

os.environ["DJANGO_SETTINGS_MODULE"] = "certification.settings"
django.setup()

from django.utils import timezone  # noqa: E402

from certification.models import User  # noqa: E402
from certification.notices import notify  # noqa: E402


def main(count, seconds_ago):
    with time_machine.travel(timezone.now() - timedelta(seconds=seconds_ago)):
        users = User.objects.bulk_create(User(email=f"somebody{number}@example.org") for number in range(count))
        for user in users:
            notify(user, "hold-ended", {"kind": "facts"}, key=f"fault:{user.pk}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
