"""What a process keeps for a short while, because every look-up needs it: the program's numbers, and the family names in use."""

import threading
import time
from collections import defaultdict

from django.conf import settings
from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from certification.names import END
from certification.standards import standards_on

SHORT = 4  # letters: in a family name up to this long one slip is close, in a longer one two
MOST_CLOSE = 6

_standards: dict = {}


def standards_of(day):
    """The standards of ``day``, at most ``REGISTRY_STANDARDS_KEPT_SECONDS`` old."""
    now = time.monotonic()
    when, standards = _standards.get(day, (None, None))
    if standards is None or now - when >= settings.REGISTRY_STANDARDS_KEPT_SECONDS:
        if len(_standards) > 100:
            _standards.clear()
        standards = standards_on(day)
        _standards[day] = now, standards
    return standards


class FamilyNames:
    """The family names of the registry, in buckets by length with the first letters, and with the last: who mistypes a name rarely mistypes both ends."""

    def __init__(self):
        self.buckets, self.newest, self.looked = {}, None, None
        self.loading = threading.Lock()

    def close_to(self, family):
        """Names one or two slips away from ``family``, folded, the closest first."""
        self._keep_fresh()
        slips = 1 if len(family) <= SHORT else 2
        near = []
        for length in range(max(1, len(family) - slips), len(family) + slips + 1):
            for end in _ends(family, length):
                near += self.buckets.get(end, ())
        close = process.extract(family, near, scorer=OSA.distance, score_cutoff=slips, limit=2 * MOST_CLOSE)
        return [name for name in dict.fromkeys(name for name, _, _ in close) if name != family][:MOST_CLOSE]

    def forget(self):
        self.looked = None

    def _keep_fresh(self):
        """Load at the first question; later look each minute whether names were added, beside the requests."""
        if self.looked is None:
            self._load()
        elif time.monotonic() - self.looked >= settings.REGISTRY_NAMES_KEPT_SECONDS and self.loading.acquire(False):
            self.looked = time.monotonic()
            threading.Thread(target=self._load_beside, daemon=True).start()

    def _load_beside(self):
        try:
            self._load()
        finally:
            connection.close()
            self.loading.release()

    def _load(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(id) FROM certification_searchname")
            (newest,) = cursor.fetchone()
            if newest != self.newest or self.looked is None:
                cursor.execute("SELECT DISTINCT split_part(key, %s, 1) FROM certification_searchname", [END])
                self.buckets = _in_buckets(name for (name,) in cursor if name)
        self.newest, self.looked = newest, time.monotonic()


def _in_buckets(names):
    buckets = defaultdict(list)
    for name in names:
        for end in _ends(name, len(name)):
            buckets[end].append(name)
    return dict(buckets)


def _ends(name, length):
    """The buckets of ``name`` among names of ``length``: one slip in the middle leaves both ends whole, one at an end the other."""
    letters = 1 if length <= SHORT else 2 if length <= 2 * SHORT - 2 else 3
    return (length, name[:letters], "first"), (length, name[-letters:], "last")


family_names = FamilyNames()
