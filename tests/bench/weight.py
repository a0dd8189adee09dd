"""What a phone has to load: bytes as they travel, headers included, for a first visit and for each page after it."""

import shutil

from playwright.sync_api import sync_playwright

from scripts.system_packages import CHROMIUMS
from tests.browser import PHONE

FIRST = "/"
LATER = ("/eligibility/", "/training/", "/registry/", "/registry/?q=garcia+ma", "/complaints/", "/accounts/signup/")
MOST_FIRST_KB, MOST_LATER_KB = 130, 25


def measure(port: int) -> tuple[dict[str, float], dict[str, tuple[bool, str]]]:
    """Kilobytes of the first visit and of the heaviest page after it, and the bars; nothing where there is no Chromium."""
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        print("not measured, without Chromium: what a phone has to load")
        return {}, {}
    first, *later = loaded(f"http://localhost:{port}", chromium)
    return {"first_visit_kb": first, "later_page_kb": max(later)}, {
        "first_visit_kb": (first <= MOST_FIRST_KB, f"at most {MOST_FIRST_KB} KB as it travels"),
        "later_page_kb": (max(later) <= MOST_LATER_KB, f"at most {MOST_LATER_KB} KB, with what was kept from before"),
    }


def loaded(server: str, chromium: str) -> list[float]:
    """Kilobytes of each page, one after the other in one browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport=PHONE, base_url=server)
        page, travelled = context.new_page(), []
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda told: travelled.append(told["encodedDataLength"]))
        found = []
        for address in (FIRST, *LATER):
            travelled.clear()
            answer = page.goto(address, wait_until="networkidle")
            if answer is None or not answer.ok:
                raise RuntimeError(f"{answer and answer.status} for {address}")
            found.append(sum(travelled) / 1000)
        browser.close()
    return found
