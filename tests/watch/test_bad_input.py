"""Whatever is typed into whichever form or address: an answer, never an error, and nothing of it comes back as code."""

import random
import re
from http.cookies import SimpleCookie
from itertools import chain, cycle, islice
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.template import Template
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.encoding import iri_to_uri

from tests.watch.forms import forms_of, is_looked_at_by, links_of
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
UNESCAPED = re.compile(r"<script>zqx|<img src=x onerror=zqx|onerror=zqx\(\)>(?!.{0,2}&)")


@pytest.fixture(scope="module")
def forms(walked):
    """Every form once, with the first role that is offered it."""
    found = {}
    for form in chain.from_iterable(forms_of(role, pages) for role, pages in walked.items()):
        found.setdefault(form.key, form)
    return list(found.values())


# The list of an app is linked by Django at the top of its pages, and shows to each role what is in it for them.
LINKED = {route.name for route in routes() if route.name.startswith("admin:")} - {"admin:app_list"}


@pytest.mark.django_db
def test_no_page_offers_what_the_table_refuses(walked):
    """A button or a link that leads to a refusal is a promise the desk does not keep."""
    refused = [
        f"{role}: {page} leads to {name}"
        for role in sorted(STAFF)
        for page, name, method in promised(role, walked[role])
        if role not in (allowed(name, method) or [role])
    ]
    assert "\n".join(refused) == ""


def promised(role, pages):
    """(page, name of the address, method) of each button and link on the ``pages`` of ``role``."""
    for form in forms_of(role, pages):
        if form.has_button:
            yield form.page, form.name, form.method.upper()
    for page, name in links_of(pages):
        if name in LINKED:
            yield page, name, "GET"


OFFERED_BY_NOBODY_OF_OURS = {
    "payment_heard",  # the payment service sends it
    "demo:pay",  # stands while a payment is open
    "mfa_reauthenticate_webauthn",  # with a passkey, which takes a real browser
    "admin:index", "admin:login", "admin:app_list",  # take a form as they take a question
    "socialaccount_signup", "socialaccount_connections",  # for Google and Microsoft, where keys are set
}  # fmt: skip
WAYS_OUT = {"account_logout", "admin:logout"}


def test_every_form_is_found(forms):
    """Whatever the table lets somebody send is offered on a page that the walk came upon; lists and histories of the admin take no form."""
    sent = {route.name for route in routes() if allowed(route.name, "POST")}
    taken = {name for name in sent if not name.endswith(("_changelist", "_history"))}
    assert taken - {form.name for form in forms} == OFFERED_BY_NOBODY_OF_OURS | WAYS_OUT


# In small parts of all the forms, for a worker that runs out of work cannot take the last two of another; few tries are made in one go, since each worker
# must first find the forms.
FEW = [pytest.param(0, 1, 8, marks=pytest.mark.short)]
MANY = [pytest.param(part, 60, 2_000, marks=pytest.mark.long) for part in range(60)]


@pytest.mark.parametrize(("part", "parts", "each"), FEW + MANY)
def test_every_form_answers_whatever_it_is_sent(part, parts, each, forms, client, world, settings, monkeypatch):
    no_limits(settings)
    # As templates are drawn outside of tests: nobody asks here which ones were, and to note it costs a twentieth.
    monkeypatch.setattr(Template, "_render", lambda template, context: template.nodelist.render(context))
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    client.raise_request_exception = False
    chance, wrong = random.Random(f"{part} {each}"), []
    for form in forms[part::parts]:
        with transaction.atomic():
            client.cookies.clear()
            world.enter(form.role, client)
            wrong += [f"{fault}: {form.method} {form.page} {sent}" for sent, fault in tried(form, each, chance, client)]
            transaction.set_rollback(True)
    assert "\n".join(wrong[:40]) == ""


def no_limits(settings):
    settings.REGISTRY_REQUESTS_PER_MINUTE = settings.REGISTRY_PEOPLE_PER_DAY = 10**9
    settings.REGISTRY_UNKNOWN_NUMBERS_PER_DAY = settings.WRONG_LINKS_PER_MINUTE = 10**9
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False


def tried(form, each, chance, client):
    """What was sent and what was wrong with the answer, for ``each`` tries; what was sent before is not sent again."""
    entered, sent, ways = client.cookies.output(header="", sep=";"), set(), cycle(WAYS)
    for way in islice(ways, each):
        body, content_type = way(form, chance)
        if (body, content_type) in sent:
            continue
        sent.add((body, content_type))
        client.cookies = SimpleCookie(entered)
        with transaction.atomic():
            response = send(client, form, body, content_type)
            transaction.set_rollback(True)
        if fault := fault_of(response) or silence(form, body, response):
            yield f"{way.__name__} {body!r:.300}", fault


def send(client, form, body, content_type):
    if form.method == "get":
        return client.get(f"{form.action.partition('?')[0]}?{body.decode('ascii', 'replace')[:MOST_OF_AN_ADDRESS]}")
    return client.generic("POST", form.action, body, content_type=content_type)


def fault_of(response):
    if response.status_code >= 500:
        return str(response.status_code)
    if response.status_code == 429:
        return "429: nothing was tried"
    if "\n" in response.headers.get("Location", ""):
        return "a new line in a header"
    if is_html(response) and UNESCAPED.search(response.content.decode()):
        return "comes back as code"
    return ""


TOKEN = "csrfmiddlewaretoken"  # in all that a browser sends
SAID = re.compile(r'usa-error-message|class="errors?"|errorlist|errornote|usa-alert--(?:error|warning)|messagelist')
# The next question is the answer; and a page of allauth's with two forms takes what fits neither for none.
ANSWERS_OTHERWISE = {"applications:eligibility", "mfa_authenticate"}


def silence(form, body, response):
    """Said of an answer that shows the page once more without a word of what was wrong."""
    asked = form.method == "post" and TOKEN.encode() in body and form.name not in ANSWERS_OTHERWISE
    again = response.status_code == 200 and is_html(response)
    return "says nothing of what is wrong" if asked and again and not SAID.search(response.content.decode()) else ""


def is_html(response):
    return not response.streaming and "html" in response.headers.get("Content-Type", "")


# --- ways to send something bad: each makes (body, content type) -----------------------------------------------------
def value(chance):
    """A nasty value, or two of them as one, or many times one."""
    first = chance.choice(NASTY)
    return chance.choice([first, first, first + chance.choice(NASTY), first[:50] * chance.randint(2, 40)])


def some_bad(form, chance):
    """Any of the values in any of the fields, the others as they were."""
    data = dict(form.fields)
    for name in chance.sample(sorted(data), chance.randint(min(1, len(data)), len(data))):
        data[name] = value(chance)
    return encoded(form, data, chance)


def all_alike(form, chance):
    return encoded(form, dict.fromkeys(dict(form.fields), value(chance)), chance)


def nothing(form, chance):
    return encoded(form, {}, chance)


def some_missing(form, chance):
    data = dict(form.fields)
    for name in chance.sample(sorted(data), len(data) // 2):
        del data[name]
    return encoded(form, data, chance)


def lists_for_single_values(form, chance):
    return encoded(form, {name: [value(chance) for _each in range(5)] for name, _value in form.fields}, chance)


def more_than_was_asked(form, chance):
    """Names that no form has: columns, flags, and the parts of other fields."""
    more = ["is_staff", "status", "user_id", "pk", "person", "void", "history", "id", "q[]", "next", "action", "_save"]
    data = dict(form.fields) | {name: value(chance) for name in chance.sample(more, chance.randint(1, len(more)))}
    return encoded(form, data, chance)


def strange_files(form, chance):
    data = dict(form.fields) | {TOKEN: "x"}
    for name in dict(form.fields) or ["file"]:
        if chance.random() < 0.5 or name in ("file", "paper", "certificate"):
            named = chance.choice(["a.png", "../a.pdf", "\u202egnp.exe", "x" * 250])
            data[name] = SimpleUploadedFile(named, chance.choice(FILES) * chance.randint(1, 9))
    return encode_multipart(BOUNDARY, data), MULTIPART_CONTENT


def broken_multipart(form, chance):
    body = chance.choice([b"", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb', b"\0" * 50])
    return body * chance.randint(1, 20), chance.choice(["multipart/form-data; boundary=x", "multipart/form-data"])


def wrong_charset(form, chance):
    name = next(iter(dict(form.fields)), "a")
    odd = [b"\xff\xfe\xfa", b"%ED%A0%80", b"%00", b"%", b"%zz", "ñ".encode("latin-1")]
    charset = chance.choice(["utf-8", "utf-16", "ascii", "no-such-charset", "utf-7"])
    body = f"{name}=".encode() + b"".join(chance.choices(odd, k=chance.randint(1, 5)))
    return body, f"application/x-www-form-urlencoded; charset={charset}"


def other_content(form, chance):
    body = chance.choice([b"{", b'{"a": NaN}', b"[" * 3000, b"<a/>"]) * chance.randint(1, 5)
    return body, chance.choice(["application/json", "text/xml", "x/y", ""])


def too_many_fields(form, chance):
    return b"&".join(b"f%d=1" % number for number in range(chance.randint(400, 600))), URLENCODED


WAYS = [
    some_bad, all_alike, nothing, some_missing, lists_for_single_values, more_than_was_asked, strange_files, broken_multipart,
    wrong_charset, other_content, too_many_fields, *[some_bad] * 12,
]  # fmt: skip
URLENCODED = "application/x-www-form-urlencoded"
MOST_OF_AN_ADDRESS = 30_000


def encoded(form, data, chance):
    """As a hostile client would write it: surrogates as their three bytes, and to a form that takes files now and then in parts."""
    pairs = [
        (name, each)
        for name, values in (data | ({TOKEN: "x"} if form.method == "post" else {})).items()
        for each in (values if isinstance(values, list) else [values])
    ]
    if form.multipart and chance.random() < 0.5:
        parts = [
            b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), raw(each))
            for name, each in pairs
        ]
        return b"".join([*parts, b"--x--\r\n"]), "multipart/form-data; boundary=x"
    return "&".join(f"{quote(name)}={quote(raw(each))}" for name, each in pairs).encode(), URLENCODED


def raw(text):
    return text.encode("utf-8", "surrogatepass")


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


@pytest.mark.parametrize("role", BROWSED)
def test_every_address_answers_whatever_is_asked_of_it(role, client, world, settings):
    """Names that anything reads, and some that nothing should, with every nasty value, on every address."""
    no_limits(settings)
    client.raise_request_exception = False
    world.enter(role, client)
    chance, wrong = random.Random(role), []
    for route in routes():
        if "logout" in route.name or not is_looked_at_by(role, route.name):
            continue
        url = route.url(**arguments(route, world))
        query = "&".join(f"{name}={quote(raw(value(chance)))}" for name in chance.sample(QUERIES, 8))
        with transaction.atomic():
            response = client.get(f"{url}?{query}")
            transaction.set_rollback(True)
        if fault := fault_of(response):
            wrong.append(f"{fault}: {url} {query:.300}")
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


@pytest.mark.parametrize(
    "each", [pytest.param(2, marks=pytest.mark.short), pytest.param(len(PATHS), marks=pytest.mark.long)]
)
@pytest.mark.parametrize("role", [ANONYMOUS, "pat", "lead reviewer", "administrator", "exam desk"])
def test_every_part_of_an_address_may_be_nonsense(role, each, client, world):
    client.raise_request_exception = False
    world.enter(role, client)
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


def test_a_page_that_says_nothing_is_found(forms):
    form = next(form for form in forms if form.name == "applications:page")
    assert silence(form, f"{TOKEN}=x".encode(), HttpResponse("<h1>Your name</h1>"))
    assert not silence(form, f"{TOKEN}=x".encode(), HttpResponse('<p class="error">Write your name.</p>'))
