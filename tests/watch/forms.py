"""Every form of the portal, found on the pages themselves as each role sees them."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve, reverse

from applications.rules import PAGES
from certification.models import Notice
from tests.watch.routes import routes
from tests.watch.table import STAFF, allowed, cells


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
        if self.forms and (tag == "button" or (tag, attributes.get("type")) == ("input", "submit")):
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
            "button" in attributes,
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
    """The addresses of ``role``: of staff the desk's, of people the others."""
    return dict.fromkeys(_desk(role, client, world) if role in STAFF else _public(role, world))


def _public(role, world):
    """Every address outside the desk, the pages of an application, and one letter of each kind with its appeal."""
    pages = [url for route in routes() if not route.name.startswith("admin:") for _name, url in cells(route, world)]
    pages += [f"/apply/{slug}/" for slug in SLUGS]
    letters = Notice.objects.filter(recipient=world.user(role)).order_by("name").distinct("name")
    for letter in letters if world.user(role) else ():
        pages += [reverse(name, args=[letter.public_id]) for name in ("certification:letter", "discipline:appeal")]
    return pages


def _desk(role, client, world):
    """The pages of the desk that the table allows ``role``, and the cases its lists link to."""
    mine = [
        route for route in routes() if route.name.startswith("admin:") and role in (allowed(route.name, "GET") or ())
    ]
    pages = [url for route in mine for _name, url in cells(route, world)]
    for listed in [page for page in pages if page.count("/") == 4]:
        response = client.get(listed + "?status=all")
        if response.status_code == 200:
            reader = _Reader()
            reader.feed(response.content.decode())
            pages += [urljoin(listed, link) for link in reader.links if link.endswith("/change/")]
    return pages


SLUGS = [page.slug for page in PAGES]
