"""``make bench``: every timing, to the screen and to ``.local/bench.json``; fails when a bar does. ``SIZE=`` sets how many are certified."""

import json
import os
import platform
import sys
import time
from urllib.parse import urlsplit

from certification.embedded import LOCAL

SIZE = int(os.environ.get("SIZE") or 100_000)


def main() -> int:
    os.environ["DATABASE_URL"] = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/bench_{SIZE}").geturl()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    os.environ["TRUSTED_PROXY_COUNT"] = "1"
    from . import registry  # reads the settings

    figures, bars = registry.measure(SIZE)
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
    (LOCAL / "bench.json").write_text(json.dumps(about | figures, indent=1) + "\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
