"""Every page, as each role sees it, in a real browser: axe finds nothing, nothing breaks the content policy, and it fits a phone."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.watch.routes import routes
from tests.watch.table import BROWSED, allowed, arguments, exempt

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
SHOTS = settings.BASE_DIR / ".local" / "screenshots"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LOOK = """() => ({
    title: document.title, lang: document.documentElement.lang, h1: document.querySelectorAll("h1").length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    ids: [...document.querySelectorAll("[id]")].map(e => e.id).filter((id, at, all) => all.indexOf(id) !== at),
})"""
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"


def pages(world, role):
    """The names and addresses of what ``role`` can open and read as a page."""
    client = Client()
    if user := world.user(role):
        client.force_login(user)
    for route in routes():
        if exempt(route) or role not in allowed(route, "GET"):
            continue
        url = route.url(**arguments(route, world))
        response = client.get(url)
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            yield route.name, url


def signed_in(browser, server, user, viewport):
    context = browser.new_context(viewport=viewport, base_url=server.url)
    if user:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])
    return context


VIEWS = [("en", "phone", PHONE), ("es", "desk", DESK)]
REST = [("en", "desk", DESK), ("es", "phone", PHONE)]


@pytest.mark.parametrize("role", BROWSED)
@pytest.mark.parametrize(
    ("language", "device", "viewport"),
    [*(pytest.param(*view, id="-".join(view[:2])) for view in VIEWS),
     *(pytest.param(*view, id="-".join(view[:2]), marks=pytest.mark.long) for view in REST)],
)  # fmt: skip
def test_every_page_is_sound(role, language, device, viewport, browser, live_server, world):
    found = []
    context = signed_in(browser, live_server, world.user(role), viewport)
    page = context.new_page()
    page.on(
        "console", lambda message: message.type in ("error", "warning") and found.append(f"{page.url}: {message.text}")
    )
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    for name, url in pages(world, role):
        translated = not url.startswith(("/admin/", "/demo/"))
        if language == "es" and not translated:
            continue
        page.goto(f"/es{url}" if language == "es" else url)
        look = page.evaluate(LOOK)
        where = f"{role} {name} {language} {device}"
        found += [f"{where}: {fault}" for fault in faults(look, language)]
        page.evaluate(AXE)
        for violation in page.evaluate(f"axe.run(document, {RULES})")["violations"]:
            nodes = [node["target"] for node in violation["nodes"][:3]]
            found.append(f"{where}: axe {violation['id']} {nodes}")
        folder = SHOTS / f"{language}-{device}"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{role}-{name.replace(':', '-')}.png".replace(" ", "-"), full_page=True)
    context.close()
    assert found == []


def faults(look, language):
    if look["h1"] != 1:
        yield f"{look['h1']} h1"
    if not look["title"].strip():
        yield "no title"
    if look["lang"][:2] != language:
        yield f"language {look['lang']!r}"
    if look["wide"] > 0:
        yield f"{look['wide']} px too wide"
    if look["ids"]:
        yield f"ids twice: {look['ids']}"
