"""Whatever is typed into whichever form or address: an answer, never an error, and nothing of it comes back as code."""

import random
import re
from http.cookies import SimpleCookie
from itertools import chain, cycle
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils.encoding import iri_to_uri

from tests.watch.forms import forms_of
from tests.watch.routes import routes
from tests.watch.table import BROWSED, STAFF, allowed, arguments
from tests.watch.world import ANONYMOUS

MARK = "<script>zqx()</script>"
NASTY = [
    "", " ", "\0", "a\0b", "\ud800", "x\udfff", MARK, f'"{MARK}', "'\"><img src=x onerror=zqx()>", "{{ 7|add:7 }}", "{% now %}",
    "\u202eevil\u202c", "مرحبا بكم", "👩🏽‍🚀🏳️‍🌈", "e\u0301" * 50, "\u200b", "﷽" * 40, "A" * 300, "B" * 20_000, "9" * 400, "-1", "0", "1e309",
    "NaN", "Infinity", "1.5", "٣", "0000-00-00", "9999-12-31", "10000-01-01", "2023-02-29", "1", "2147483648", "9223372036854775808",
    "' OR 1=1 --", "%s%n%x", "../../etc/passwd", "a\r\nX-Bad: 1", "http://evil.example/", "javascript:zqx()", "on", "yes", "no", "true",
    "[]", "{}", "null", "__all__", "%", "\\", "\x1b[31m", "\ufeff", "ﬁ", "İ", "ß" * 90, "a@b", "a@" + "b" * 300 + ".org", "+1" + "9" * 40,
]  # fmt: skip
FILES = [
    b"",
    b"\0" * 10,
    b"%PDF-1.7\n",
    b"\x89PNG\r\n\x1a\n",
    MARK.encode(),
    b"CandidateID,Result,ExamDate\n\x00,pass,x\n",
    b"\xff\xfe" * 99,
]
EVERYWHERE = pytest.mark.parametrize("role", BROWSED)
UNESCAPED = re.compile(r"<script>zqx|<img src=x onerror=zqx|onerror=zqx\(\)>(?!.{0,2}&)")


@pytest.fixture(scope="module")
def offered(_standing_world, django_db_blocker):
    """Every form of the portal, by the role that is offered it."""
    world, _storages = _standing_world
    found = {}
    with django_db_blocker.unblock():
        for role in BROWSED:
            client = Client()
            if user := world.user(role):
                client.force_login(user)
            found[role] = forms_of(role, client, world)
    return found


@pytest.fixture(scope="module")
def forms(offered):
    """Every form once, with the first role that is offered it."""
    found = {}
    for form in chain.from_iterable(offered.values()):
        found.setdefault(form.key, form)
    return list(found.values())


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(STAFF))
def test_no_page_offers_what_the_table_refuses(role, offered):
    """A button that leads to a refusal is a promise the desk does not keep."""
    promised = [(form, allowed(form.name, form.method.upper())) for form in offered[role] if form.has_button]
    refused = [form for form, roles in promised if roles is not None and role not in roles]
    assert [f"{form.page} offers {form.name}" for form in refused] == []


def test_the_forms_are_found(forms):
    """The control: forms that everybody knows are among them, and each is tried as somebody who may send it."""
    known = {"registry:search", "applications:eligibility", "applications:page", "discipline:appeal", "account_login"}
    assert known <= {form.name for form in forms}
    assert len(forms) > 60


@EVERYWHERE
@pytest.mark.parametrize("each", [8, pytest.param(2_000, marks=pytest.mark.long)])
def test_every_form_answers_whatever_it_is_sent(role, each, forms, client, world, settings):
    settings.REGISTRY_REQUESTS_PER_MINUTE = settings.REGISTRY_PEOPLE_PER_DAY = 10**9
    settings.REGISTRY_UNKNOWN_NUMBERS_PER_DAY = 10**9
    settings.ACCOUNT_RATE_LIMITS = {}
    client.raise_request_exception = False
    if user := world.user(role):
        client.force_login(user)
    signed_in, chance, wrong = client.cookies.output(header="", sep=";"), random.Random(f"{role} {each}"), []
    ways = cycle(WAYS)
    for form in [form for form in forms if form.role == role]:
        for _number in range(each):
            client.cookies = SimpleCookie(signed_in)
            way = next(ways)
            with transaction.atomic():
                sent, response = way(client, form, chance)
                transaction.set_rollback(True)
            if fault := fault_of(response):
                wrong.append(f"{fault}: {form.method} {form.action} {sent!r:.300}")
    assert "\n".join(wrong[:40]) == ""


def fault_of(response):
    if response.status_code >= 500:
        return str(response.status_code)
    if "\n" in response.headers.get("Location", ""):
        return "a new line in a header"
    if (
        not response.streaming
        and "html" in response.headers.get("Content-Type", "")
        and UNESCAPED.search(response.content.decode())
    ):
        return "comes back as code"
    return ""


# --- ways to send something bad --------------------------------------------------------------------------------------
def some_bad(client, form, chance):
    """Any of the values in any of the fields, the others as they were."""
    data = dict(form.fields)
    for name in chance.sample(sorted(data), chance.randint(min(1, len(data)), len(data))):
        data[name] = chance.choice(NASTY)
    return send(client, form, data)


def all_alike(client, form, chance):
    value = chance.choice(NASTY)
    return send(client, form, {name: value for name, _value in form.fields})


def nothing(client, form, chance):
    return send(client, form, {})


def some_missing(client, form, chance):
    data = dict(form.fields)
    for name in chance.sample(sorted(data), len(data) // 2):
        del data[name]
    return send(client, form, data)


def lists_for_single_values(client, form, chance):
    return send(client, form, {name: [chance.choice(NASTY) for _each in range(5)] for name, _value in form.fields})


def more_than_was_asked(client, form, chance):
    """Names that no form has: columns, flags, and the parts of other fields."""
    more = {
        "is_staff": "on",
        "status": "approved",
        "user_id": "1",
        "pk": "1",
        "person": "1",
        "void": "",
        "history": "1",
        "id": "0",
        "q[]": "x",
    }
    return send(client, form, dict(form.fields) | more)


def strange_files(client, form, chance):
    data = dict(form.fields)
    for name in data or ["file"]:
        if chance.random() < 0.5 or name in ("file", "paper", "certificate"):
            data[name] = SimpleUploadedFile(
                chance.choice(["a.png", "../a.pdf", "\u202egnp.exe", "x" * 250]), chance.choice(FILES)
            )
    return send(client, form, data, multipart=True)


def broken_multipart(client, form, chance):
    body = chance.choice([b"", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb', b"\0" * 50])
    return "broken multipart", raw(
        client, form, body, chance.choice(["multipart/form-data; boundary=x", "multipart/form-data"])
    )


def wrong_charset(client, form, chance):
    name = next(iter(dict(form.fields)), "a")
    body = f"{name}=".encode() + chance.choice(
        [b"\xff\xfe\xfa", b"%ED%A0%80", b"%00", b"%", b"%zz", "ñ".encode("latin-1")]
    )
    charset = chance.choice(["utf-8", "utf-16", "ascii", "no-such-charset", "utf-7"])
    return body, raw(client, form, body, f"application/x-www-form-urlencoded; charset={charset}")


def other_content(client, form, chance):
    body = chance.choice([b"{", b'{"a": NaN}', b"[" * 3000, b"<a/>"])
    return body[:20], raw(client, form, body, chance.choice(["application/json", "text/xml", "x/y", ""]))


def too_many_fields(client, form, chance):
    body = b"&".join(b"f%d=1" % number for number in range(500))
    return "500 fields", raw(client, form, body, "application/x-www-form-urlencoded")


WAYS = [
    some_bad, all_alike, nothing, some_missing, lists_for_single_values, more_than_was_asked, strange_files, broken_multipart,
    wrong_charset, other_content, too_many_fields, *[some_bad] * 12,
]  # fmt: skip


def send(client, form, data, *, multipart=False):
    if form.method == "get":
        return data, client.get(f"{form.action.partition('?')[0]}?{encoded(data)}")
    if multipart or (form.multipart and not has_surrogates(data)):
        clean = {name: value for name, value in data.items() if not has_surrogates({name: value})}
        return clean, client.post(form.action, clean)
    return data, raw(client, form, encoded(data).encode(), "application/x-www-form-urlencoded")


def raw(client, form, body, content_type):
    if form.method == "get":
        return client.get(f"{form.action.partition('?')[0]}?{quote(body[:3000])}")
    return client.generic("POST", form.action, body, content_type=content_type)


def encoded(data):
    """As a hostile client would write it: surrogates as their three bytes, everything else percent-encoded."""
    pairs = [
        (name, value) for name, values in data.items() for value in (values if isinstance(values, list) else [values])
    ]
    return "&".join(f"{quote(str(name))}={quote(str(value).encode('utf-8', 'surrogatepass'))}" for name, value in pairs)


def has_surrogates(data):
    return any(
        "\ud800" <= letter <= "\udfff"
        for value in data.values()
        for letter in "".join(value if isinstance(value, list) else [str(value)])
    )


# --- addresses -------------------------------------------------------------------------------------------------------
QUERIES = (
    "q",
    "on",
    "standing",
    "page",
    "p",
    "o",
    "e",
    "next",
    "back",
    "ticket",
    "status",
    "whose",
    "training_type",
    "language",
    "delivery",
    "all",
    "_popup",
    "term",
    "field_name",
    "person__user__password__startswith",
    "answers__contains",
    "_to_field",
    "lang",
)


@EVERYWHERE
def test_every_address_answers_whatever_is_asked_of_it(role, client, world, settings):
    """Names that anything reads, and some that nothing should, with every nasty value, on every address."""
    settings.REGISTRY_REQUESTS_PER_MINUTE = settings.REGISTRY_PEOPLE_PER_DAY = 10**9
    client.raise_request_exception = False
    if user := world.user(role):
        client.force_login(user)
    chance, wrong = random.Random(role), []
    for route in routes():
        if "logout" in route.name or (role in STAFF and not route.name.startswith("admin:")):
            continue  # what is outside the desk is asked as the people it is for
        url = route.url(**arguments(route, world))
        query = {name: chance.choice(NASTY) for name in chance.sample(QUERIES, 8)}
        with transaction.atomic():
            response = client.get(f"{url}?{encoded(query)}")
            transaction.set_rollback(True)
        if fault := fault_of(response):
            wrong.append(f"{fault}: {url} {query!r:.300}")
    assert "\n".join(wrong[:40]) == ""


PATHS = (
    "0",
    "-1",
    "9" * 30,
    "%00",
    "%ED%A0%80",
    "..%2f..",
    "%3Cscript%3Ezqx()%3C/script%3E",
    "a" * 2000,
    "%F0%9F%9A%80",
    "CMPSS-0000-0000-0000",
    "%E2%80%AE",
)


@pytest.mark.parametrize("each", [2, pytest.param(len(PATHS), marks=pytest.mark.long)])
@pytest.mark.parametrize("role", [ANONYMOUS, "pat", "lead reviewer", "administrator", "exam desk"])
def test_every_part_of_an_address_may_be_nonsense(role, each, client, world):
    client.raise_request_exception = False
    if user := world.user(role):
        client.force_login(user)
    chance, wrong = random.Random(role), []
    for route in routes():
        if not route.arguments or "logout" in route.name:
            continue
        url = iri_to_uri(route.url(**arguments(route, world)))
        for value in {str(value) for value in arguments(route, world).values()}:
            for nonsense in chance.sample(PATHS, each) if f"/{value}" in url else ():
                with transaction.atomic():
                    response = client.generic("GET", url.replace(f"/{value}", f"/{nonsense}", 1))
                    transaction.set_rollback(True)
                if fault := fault_of(response):
                    wrong.append(f"{fault}: {url} with {nonsense[:40]}")
    assert "\n".join(wrong[:40]) == ""


def test_code_that_comes_back_is_found():
    """The control: what a careless page would answer is a fault, and the same thing escaped is not."""
    assert fault_of(HttpResponse(f"<p>You typed {MARK}</p>"))
    assert not fault_of(HttpResponse("<p>You typed &lt;script&gt;zqx()&lt;/script&gt;</p>"))
    assert fault_of(HttpResponse(status=500))
