"""Every page that anybody sees, in a real browser: axe finds nothing, nothing breaks the content policy, and it fits a phone."""

import os
import re
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings
from pytest_django.live_server_helper import LiveServer

from tests.conftest import program, put_back
from tests.watch.forms import in_spanish
from tests.watch.table import BROWSED, STAFF
from tests.watch.world import AT_THE_DOOR

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
SHOTS = settings.BASE_DIR / ".local" / "screenshots"
PHONE, DESK = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
LOOK = """() => ({
    title: document.title, lang: document.documentElement.lang, h1: document.querySelectorAll("h1").length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    ids: [...document.querySelectorAll("[id]")].map(e => e.id).filter((id, at, all) => all.indexOf(id) !== at),
})"""
RULES = "{preload: false, resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"


@pytest.fixture(scope="module")
def served(browser, _made_world, walked, django_db_blocker):
    """The world, committed, behind a real server."""
    world, storages, rows = _made_world
    with django_db_blocker.unblock(), override_settings(STORAGES=storages):
        put_back(rows)
        server = LiveServer("localhost")
        yield world, server.url, storages
        server.stop()
        put_back(program)


PEOPLE = [role for role in BROWSED if role not in STAFF]
VIEWS = [
    *((PEOPLE, language, *device) for language in ("en", "es") for device in (("phone", PHONE), ("desk", DESK))),
    *((sorted(STAFF), "en", *device) for device in (("phone", PHONE), ("desk", DESK))),
]


def named(view):
    roles, language, device, _viewport = view
    return f"{'people' if roles is PEOPLE else 'staff'}-{language}-{device}"


def markup(main):
    """The elements of a page without its words, rows that repeat once: what is laid out alike is looked at once."""
    elements = " ".join(re.findall(r"""<\w+|(?:class|role|type)="[^"]*"|aria-\w+=""", main))
    return re.sub(r"(\S+(?: \S+){,11}?)(?: \1)+", r"\1", elements)


def content(main):
    """The page itself, without what differs for every request."""
    return re.sub(r'name="(?:csrfmiddlewaretoken|mark)" value="[\w-]+"', "", main)


@pytest.mark.short
@pytest.mark.parametrize("view", [VIEWS[2], VIEWS[4]], ids=named)
def test_every_layout_is_sound(view, browser, served, walked, settings):
    """The narrower screen and the longer language, and the desk: pages laid out alike are looked at once."""
    assert "\n".join(found_in(view, markup, browser, served, walked, settings)) == ""


@pytest.mark.long
@pytest.mark.parametrize("view", VIEWS, ids=named)
def test_every_page_is_sound(view, browser, served, walked, settings):
    """Every page as the first person who sees it does; pictures of all are kept in ``.local/screenshots``."""
    assert "\n".join(found_in(view, content, browser, served, walked, settings, keep=True)) == ""


def found_in(view, alike, browser, served, walked, settings, *, keep=False):
    """What is wrong with the pages of one view, in words."""
    roles, language, device, viewport = view
    world, address, settings.STORAGES = served
    found, seen = [], set()
    for role in roles:
        context = browser.new_context(viewport=viewport, base_url=address)
        enter(context, role, world, address)
        page, said = context.new_page(), []
        page.on("console", partial(hear, said))
        page.on("pageerror", partial(hear, said))
        for url in pages(walked[role], world, role, language, alike, seen):
            if role in AT_THE_DOOR:  # a page looked at may end what brought the visitor to the door
                enter(context, role, world, address)
            page.goto(url, wait_until="load")
            where = f"{role} {url} {language} {device}"
            found += [f"{where}: {fault}" for fault in faults(page.evaluate(LOOK), language)]
            heard = len(said)
            page.evaluate(AXE)
            for violation in page.evaluate(f"axe.run(document, {RULES}).then(found => found.violations)"):
                found.append(f"{where}: axe {violation['id']} {[node['target'] for node in violation['nodes'][:3]]}")
            del said[heard:]  # what axe itself did to the page
            if keep:
                page.screenshot(path=picture(language, device, role, url), full_page=True)
        found += [f"{role}: {word}" for word in said]
        context.close()
    return found


def enter(context, role, world, address):
    """Bring the browser to where ``role`` stands."""
    client = Client()
    world.enter(role, client)
    context.clear_cookies()
    context.add_cookies([{"name": name, "value": kept.value, "url": address} for name, kept in client.cookies.items()])


def hear(said, word):
    """Keep what the browser complains of: an error of a script, or a thing that the content policy does not allow."""
    if getattr(word, "type", "error") in ("error", "warning"):
        said.append(f"{getattr(word, 'text', word)} {getattr(word, 'location', '')}")


def pages(walked, world, role, language, alike, seen):
    """The addresses that ``role`` reads as a page, but for those that are ``alike`` to one already ``seen``."""
    read = [(url, html) for url, html in walked if "logout" not in url and not url.startswith(("/demo/", "/readyz"))]
    for url, html in read if language == "en" else in_spanish(role, read, world):
        main = re.search(r"<main.*</main>|<body.*</body>", html, re.DOTALL)
        shown = alike(main[0] if main else "")
        if shown not in seen:
            seen.add(shown)
            yield url


def picture(language, device, role, url):
    folder = SHOTS / f"{language}-{device}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / (re.sub(r"\W+", "-", f"{role}{url}").strip("-")[:120] + ".png")


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
