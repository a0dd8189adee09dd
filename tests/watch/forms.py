"""Every page of the portal as each role comes upon it, and every form on them."""

import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

from applications.rules import PAGES
from certification.models import Notice
from tests.watch.routes import routes
from tests.watch.table import ACTS, OPEN, STAFF, allowed, cells
from tests.watch.world import ANONYMOUS, AT_THE_DOOR, FRESH

ACCOUNT = ("account_", "mfa_", "usersessions_")


@dataclass(frozen=True)
class Form:
    """A form as it stands on the page of ``role``; ``fields`` are (name, value) pairs as they would be sent untouched."""

    role: str
    page: str
    action: str
    method: str
    multipart: bool
    has_button: bool
    fields: tuple

    @property
    def name(self):
        """The name of the address it is sent to."""
        try:
            return resolve(self.action.partition("?")[0]).view_name
        except Resolver404:
            return self.action

    @property
    def key(self):
        return self.name, self.method, tuple(name for name, _value in self.fields)


class _Reader(HTMLParser):
    """Collects the forms of one page: method, action, encoding, and the names and values of their fields."""

    def __init__(self):
        super().__init__()
        self.forms, self.links, self._select = [], [], None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        sends = tag == "button" or (tag, attributes.get("type")) == ("input", "submit")
        if self.forms and sends and not attributes.get("formaction"):
            self.forms[-1][0]["button"] = True
        if tag == "form":
            self.forms.append((attributes, []))
        elif tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag == "button" and attributes.get("formaction"):
            beside = {"action": attributes["formaction"], "method": "post", "button": True}
            self.forms.insert(len(self.forms) - 1, (beside, []))
        elif self.forms and tag in ("input", "textarea", "button") and attributes.get("name"):
            self.forms[-1][1].append((attributes["name"], attributes.get("value") or ""))
        elif self.forms and tag == "select" and attributes.get("name"):
            self.forms[-1][1].append((attributes["name"], ""))


def _read(html):
    reader = _Reader()
    reader.feed(html)
    return reader


def forms_in(html, role, page):
    for attributes, fields in _read(html).forms:
        named = dict(fields)
        named.pop("csrfmiddlewaretoken", None)
        method = attributes.get("method", "get").lower()
        sent_to = urljoin(page, attributes.get("action") or page)
        yield Form(
            role,
            page,
            urlsplit(sent_to).path if method == "get" else sent_to,
            method,
            attributes.get("enctype") == "multipart/form-data",
            "button" in attributes,
            tuple(sorted(named.items())),
        )


def forms_of(role, pages):
    """The forms that somebody can send, on all the ``pages`` of ``role``, each once.

    Not the way out, which would end the walk, nor the empty ones that Django's admin draws around its lists.
    """
    found = {}
    for page, html in pages:
        for form in forms_in(html, role, page):
            if "logout" not in form.action and (form.fields or form.has_button):
                found.setdefault(form.key, form)
    return list(found.values())


def links_of(pages):
    """Where the links on ``pages`` lead: the page, and the name of the address."""
    for page, html in pages:
        for link in _read(html).links:
            with suppress(Resolver404):
                yield page, resolve(urlsplit(urljoin(page, link)).path).view_name


def reader(client):
    """What ``client`` gets for a page, in English or as the page names its language, as if it had read no other before.

    Some pages end what others began, and a page in Spanish leaves its language behind in this thread.
    """
    entered = client.cookies.output(header="", sep=";")

    def read(page):
        client.cookies = SimpleCookie(entered)
        with transaction.atomic(), translation.override("en"):
            response = client.get(page)
            transaction.set_rollback(True)
        return response

    return read


def pages_of(role, read, world):
    """Each page that ``role`` reads, with its address: those that are known, then those that a link on a page leads to."""
    ahead = deque(dict.fromkeys(_desk(role, world) if role in STAFF else _public(role, world)))
    met = set(ahead)
    while ahead:
        page = ahead.popleft()
        response = read(page)
        if not is_page(response):
            continue
        yield page, response
        links = {urlsplit(urljoin(page, link)).path for link in _read(response.content.decode()).links}
        further = sorted(link for link in links - met if _leads_on(role, link))
        ahead += further
        met |= set(further)


def in_spanish(role, pages, world):
    """The same ``pages`` of ``role`` in Spanish: address and what it says."""
    client = Client()
    world.enter(role, client)
    read = reader(client)
    for url, _html in pages:
        response = read(f"/es{url}")
        assert is_page(response), f"{role} {url} answers {response.status_code} in Spanish"
        yield f"/es{url}", response.content.decode()


def is_for_people(url):
    """Whether the public, applicants and holders read it: not staff, nor a machine, nor who tries the demonstration."""
    return not url.startswith(("/admin/", "/demo/", "/readyz")) and "logout" not in url


def is_page(response):
    return response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")


def _leads_on(role, link):
    """Whether a link leads to a page like no other: of staff a row that they act on, of people what is theirs and not in the table."""
    if role not in STAFF:
        return link.startswith(("/apply/", "/training/", "/exam/"))
    row = re.fullmatch(r"/admin/(\w+)/(\w+)/\d+/(?:change|records|second)/", link)
    return bool(row) and any(name.startswith(f"admin:{row[1]}_{row[2]}_") for name in ACTS)


def is_looked_at_by(role, name):
    """Whether ``role`` is the one to read the address ``name``.

    Pages that are open to all, and those of the account, look alike to most: somebody without a case reads them.
    """
    if role in STAFF or name.startswith("admin:"):
        return role in STAFF and name.startswith("admin:")
    if role in AT_THE_DOOR:
        return name.startswith(ACCOUNT)
    return role in (ANONYMOUS, FRESH) or not (name in OPEN or name.startswith(ACCOUNT))


def _public(role, world):
    """Addresses outside the desk, the pages of an application, and one letter of each kind with its appeal."""
    found = [route for route in routes() if is_looked_at_by(role, route.name)]
    pages = [url for route in found for _name, url in cells(route, world)]
    if role in (ANONYMOUS, FRESH, *AT_THE_DOOR):
        return pages
    pages += [reverse("applications:page", args=[page.slug]) for page in PAGES]
    letters = Notice.objects.filter(recipient=world.user(role)).order_by("name").distinct("name")
    for letter in letters:
        pages += [reverse(name, args=[letter.public_id]) for name in ("certification:letter", "discipline:appeal")]
    return pages


def _desk(role, world):
    """The addresses of the desk that the table allows ``role``, its lists in full."""
    mine = [
        route for route in routes() if route.name.startswith("admin:") and role in (allowed(route.name, "GET") or ())
    ]
    pages = [url for route in mine for _name, url in cells(route, world)]
    return [*pages, reverse("admin:applications_application_changelist") + "?status=all"]
