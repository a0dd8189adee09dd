"""Letters to as many people, each written in a transaction of its own; ``python -m tests.faults.letters COUNT SECONDS_AGO`` does it elsewhere."""

import os
import sys
from datetime import timedelta

import django
import time_machine

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "certification.settings"
    django.setup()

from django.utils import timezone

from certification.models import User
from certification.notices import notify


def write(count, *, seconds_ago):
    """Write ``count`` letters as if ``seconds_ago``."""
    with time_machine.travel(timezone.now() - timedelta(seconds=seconds_ago)):
        users = User.objects.bulk_create(User(email=f"somebody{number}@example.org") for number in range(count))
        for user in users:
            notify(user, "hold-ended", {"kind": "facts"}, key=f"fault:{user.pk}")


if __name__ == "__main__":
    write(int(sys.argv[1]), seconds_ago=int(sys.argv[2]))
