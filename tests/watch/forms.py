"""Every form of the portal, found on the pages themselves as each role sees them."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve, reverse

from applications.rules import PAGES
from certification.models import Notice
from tests.watch.routes import routes
from tests.watch.table import ROLES, allowed, cells


@dataclass(frozen=True)
class Form:
    """A form as it stands on the page of ``role``; ``fields`` are (name, value) pairs as they would be sent untouched."""

    role: str
    page: str
    action: str
    method: str
    multipart: bool
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
        if tag == "form":
            self.forms.append((attributes, []))
        elif tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif self.forms and tag in ("input", "textarea", "button") and attributes.get("name"):
            self.forms[-1][1].append((attributes["name"], attributes.get("value") or ""))
        elif self.forms and tag == "select" and attributes.get("name"):
            self.forms[-1][1].append((attributes["name"], ""))


def forms_in(html, role, page):
    reader = _Reader()
    reader.feed(html)
    for attributes, fields in reader.forms:
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
            tuple(sorted(named.items())),
        )


def forms_of(role, client, world):
    """The forms on every page that ``role`` may read, each once. The way out is not tried: it would end the walk."""
    found = {}
    for page in pages_of(role, client, world):
        response = client.get(page)
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            for form in forms_in(response.content.decode(), role, page):
                if "logout" not in form.action:
                    found.setdefault(form.key, form)
    return list(found.values())


def pages_of(role, client, world):
    """The addresses of ``role``: those of the table, the pages of an application, and the cases its lists link to."""
    pages = [
        url
        for route in routes()
        for _name, url in cells(route, world)
        if role not in ROLES or role in (allowed(route.name, "GET") or ()) or not route.name.startswith("admin:")
    ]
    pages += [f"/apply/{slug}/" for slug in SLUGS]
    for letter in (
        Notice.objects.filter(recipient=world.user(role)).order_by("name").distinct("name") if world.user(role) else ()
    ):
        pages += [
            reverse("certification:letter", args=[letter.public_id]),
            reverse("discipline:appeal", args=[letter.public_id]),
        ]
    for listed in [page for page in pages if page.startswith("/admin/") and page.count("/") == 4]:
        response = client.get(listed + "?status=all")
        if response.status_code == 200:
            reader = _Reader()
            reader.feed(response.content.decode())
            pages += [urljoin(listed, link) for link in reader.links if link.endswith("/change/")]
    return dict.fromkeys(pages)


SLUGS = [page.slug for page in PAGES]
