"""``make bench``: every timing, to the screen and to ``.local/bench.json``; fails when a bar does. ``SIZE=`` sets how many are certified."""

import json
import os
import platform
import sys
import time
from urllib.parse import urlsplit

import django

from certification.embedded import LOCAL

BASE = 100_000
SIZE = int(os.environ.get("SIZE") or BASE)
MOST_GROWTH = 1.3
RESULTS = LOCAL / "bench.json"


def main() -> int:
    os.environ["DATABASE_URL"] = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/bench_{SIZE}").geturl()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    os.environ["TRUSTED_PROXY_COUNT"] = "1"
    django.setup()
    from . import accounts, desk, registry

    figures, bars = registry.measure(SIZE)
    for more in (desk.measure(), accounts.measure()):
        figures |= more[0]
        bars |= more[1]
    medians = earlier_medians() | {str(SIZE): figures["register_search_p50_ms"]}
    if SIZE > BASE and str(BASE) in medians:
        figures["register_search_growth"] = figures["register_search_p50_ms"] / medians[str(BASE)]
        bars["register_search_growth"] = (
            figures["register_search_growth"] <= MOST_GROWTH,
            f"at most {MOST_GROWTH} times the median of {BASE:,}",
        )
    for name, value in figures.items():
        print(f"{name:32} {value:12,.3f}")
    for name, (holds, wanted) in bars.items():
        print(f"{'holds' if holds else 'FAILS'}: {name} {wanted}")
    passed = all(holds for holds, _ in bars.values())
    about = {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "size": SIZE,
        "bars_hold": passed,
    }
    about["medians"] = medians
    RESULTS.write_text(json.dumps(about | figures, indent=1) + "\n")
    return 0 if passed else 1


def earlier_medians():
    """The median time of a search by the size it was measured at, in this and in earlier runs: what a larger size is held against."""
    return json.loads(RESULTS.read_text()).get("medians", {}) if RESULTS.exists() else {}


if __name__ == "__main__":
    sys.exit(main())
