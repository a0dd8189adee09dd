from datetime import datetime, time

import pytest
import time_machine
from django.utils import timezone


@pytest.fixture
def time_machine_to():
    """Go to noon of a day."""
    travels = []

    def go(day):
        for travel in travels:
            travel.stop()
        travels[:] = [time_machine.travel(timezone.make_aware(datetime.combine(day, time(12))), tick=False)]
        travels[0].start()

    yield go
    for travel in travels:
        travel.stop()
