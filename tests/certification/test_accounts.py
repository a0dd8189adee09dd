"""Signing up and in, as a person does it: real pages, real mail, real codes."""

import base64
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.google.provider import GoogleProvider
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import Client

from certification.models import AuditEvent, Notice, User
from certification.notices import deliver
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
PASSPHRASE = "seven slow herons by the lake"


def deliver_all():
    for notice in Notice.objects.unsent():
        deliver(notice.pk)


def mail_to(sink, address):
    deliver_all()
    return [message.content.decode() for message in sink.to(address)]


def code_to(sink, address):
    return re.search(r"^\d{4}-\d{4}(?=\r?$)", mail_to(sink, address)[-1], re.MULTILINE)[0]


def sign_in_by_code(client, sink, address):
    client.post("/accounts/login/code/", {"email": address})
    return client.post("/accounts/login/code/confirm/", {"code": code_to(sink, address)})


def signed_in(client):
    return "_auth_user_id" in client.session


def totp(secret, moment=None):
    return format_hotp_value(hotp_value(secret, int((moment or datetime.now(UTC)).timestamp()) // 30))


def set_up_app(client):
    """Set up an app that shows codes; returns its secret."""
    secret = re.search(r">([A-Z2-7]{32})<", client.get("/accounts/2fa/totp/activate/").content.decode())[1]
    answer = client.post("/accounts/2fa/totp/activate/", {"code": totp(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


# --- signing up and in --------------------------------------------------------------------------------------------
def test_an_address_and_a_code_make_an_account_in_the_language_of_the_page(client, mail_sink):
    answer = client.post("/es/accounts/signup/", {"email": "Nueva@Example.org"})
    assert not signed_in(client)
    answer = client.post(answer["Location"], {"code": code_to(mail_sink, "nueva@example.org")})
    assert answer.status_code == 302
    assert signed_in(client)
    user = User.objects.get(email="nueva@example.org")
    assert user.language == "es"
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified


def test_nobody_plants_a_password_on_an_address_that_is_not_theirs(client, mail_sink):
    client.post("/accounts/signup/", {"email": "victim@example.org", "password1": PASSPHRASE})
    assert not User.objects.get(email="victim@example.org").has_usable_password()


def test_a_code_signs_in_and_the_session_gets_a_new_key(client, mail_sink, pat):
    client.get("/accounts/login/")
    client.post("/accounts/login/code/", {"email": pat.user.email})
    before = client.session.session_key
    client.post("/accounts/login/code/confirm/", {"code": code_to(mail_sink, pat.user.email)})
    assert signed_in(client)
    assert client.session.session_key != before
    assert AuditEvent.objects.filter(actor_id=pat.user.pk, action="signed in").exists()


def test_the_wrong_code_three_times_ends_the_attempt(client, mail_sink, pat):
    client.post("/accounts/login/code/", {"email": pat.user.email})
    right = code_to(mail_sink, pat.user.email)
    for _ in range(3):
        client.post("/accounts/login/code/confirm/", {"code": "0000-0000"})
    client.post("/accounts/login/code/confirm/", {"code": right})
    assert not signed_in(client)


def test_a_code_works_for_ten_minutes(client, mail_sink, pat):
    with time_machine.travel("2026-06-01T12:00:00Z", tick=False) as clock:
        client.post("/accounts/login/code/", {"email": pat.user.email})
        code = code_to(mail_sink, pat.user.email)
        clock.shift(601)
        client.post("/accounts/login/code/confirm/", {"code": code})
    assert not signed_in(client)


@pytest.mark.parametrize(
    ("password", "taken"),
    [(PASSPHRASE, True), ("a" * 7 + "b" * 8, True), ("fourteen chars", False), ("123456789123456789", False)],
)
def test_a_password_needs_length_and_must_not_be_common_and_nothing_else(client, mail_sink, pat, password, taken):
    sign_in_by_code(client, mail_sink, pat.user.email)
    client.post("/accounts/password/set/", {"password1": password, "password2": password})
    pat.user.refresh_from_db()
    assert pat.user.has_usable_password() is taken


def test_who_set_a_password_signs_in_with_it_and_is_told_that_it_was_set(client, mail_sink, pat):
    sign_in_by_code(client, mail_sink, pat.user.email)
    client.post("/accounts/password/set/", {"password1": PASSPHRASE, "password2": PASSPHRASE})
    assert "how you sign in" in mail_to(mail_sink, pat.user.email)[-1]
    other = Client()
    other.post("/accounts/login/", {"login": pat.user.email, "password": PASSPHRASE})
    assert signed_in(other)
    assert AuditEvent.objects.filter(action="account: password_set").exists()


def test_a_forgotten_password_is_replaced_by_way_of_a_code(client, mail_sink, pat):
    client.post("/accounts/password/reset/", {"email": pat.user.email})
    page = client.post("/accounts/password/reset/confirm/", {"code": code_to(mail_sink, pat.user.email)})
    client.post(page["Location"], {"password1": PASSPHRASE, "password2": PASSPHRASE})
    pat.user.refresh_from_db()
    assert pat.user.check_password(PASSPHRASE)


def test_a_new_address_is_proved_by_a_code_and_the_old_one_is_told(client, mail_sink, pat):
    old = pat.user.email
    sign_in_by_code(client, mail_sink, old)
    client.post("/accounts/email/", {"email": "moved@example.org", "action_add": ""})
    client.post("/accounts/confirm-email/", {"code": code_to(mail_sink, "moved@example.org")})
    pat.user.refresh_from_db()
    assert pat.user.email == "moved@example.org"
    assert [a.email for a in EmailAddress.objects.filter(user=pat.user)] == ["moved@example.org"]
    assert "how you sign in" in mail_to(mail_sink, old)[-1]


# pytest is loaded so that static files need no collecting.
LOOK = """
import pytest, django
django.setup()
from django.db import connection
from django.test import Client
print(Client(SERVER_NAME="localhost").get("/accounts/login/").content.decode())
connection.close()
"""


def test_google_and_microsoft_are_offered_only_where_their_keys_are_set(client):
    page = client.get("/accounts/login/").content
    assert b"Google" not in page
    assert b"Microsoft" not in page
    keys = {"GOOGLE_CLIENT_ID": "id", "GOOGLE_SECRET": "secret", "DJANGO_SETTINGS_MODULE": "certification.settings"}
    keys["DATABASE_URL"] = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    asked = subprocess.run([sys.executable, "-c", LOOK], env=os.environ | keys, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    page = asked.stdout
    assert "/accounts/google/login/" in page
    assert "/accounts/microsoft/" not in page


def test_who_came_by_google_gets_in_by_mail_too_and_we_keep_neither_name_nor_picture(client, mail_sink, settings, rf):
    settings.SOCIALACCOUNT_PROVIDERS = {"google": {"APPS": [{"client_id": "id", "secret": "secret"}]}}
    request = rf.get("/")
    request.session, request.user = client.session, AnonymousUser()
    request._messages = SessionStorage(request)
    told = {
        "sub": "77",
        "email": "g@example.org",
        "email_verified": True,
        "name": "Gail Doe",
        "given_name": "Gail",
        "picture": "x",
    }
    with context.request_context(request):
        app = get_adapter().get_app(request, "google")
        login = GoogleProvider(request, app=app).sociallogin_from_response(request, told)
        login.state = {"process": "login"}
        complete_login(request, login)
    account = SocialAccount.objects.get(uid="77")
    assert account.extra_data == {}
    assert account.user.first_name == account.user.last_name == ""
    sign_in_by_code(client, mail_sink, "g@example.org")
    assert signed_in(client)


# --- nothing is said about who has an account ---------------------------------------------------------------------
def plain(answer, address):
    """What came back, without what differs for every request."""
    body = answer.content.decode().replace(address, "ADDRESS")
    headers = {name: value for name, value in answer.items() if name != "Expires"}
    return answer.status_code, headers, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/accounts/signup/", {"email": "ADDRESS"}),
        ("/accounts/login/code/", {"email": "ADDRESS"}),
        ("/accounts/password/reset/", {"email": "ADDRESS"}),
        ("/accounts/login/", {"login": "ADDRESS", "password": "not the password"}),
    ],
)
def test_known_and_unknown_addresses_are_answered_byte_for_byte_alike(path, fields, mail_sink, pat):
    seen = []
    for address in (pat.user.email, "x" + pat.user.email[1:]):
        client = Client()
        client.get(path)
        answer = client.post(path, {name: value.replace("ADDRESS", address) for name, value in fields.items()})
        steps = [plain(answer, address)]
        if answer.status_code == 302:
            steps.append(plain(client.get(answer["Location"]), address))
            steps.append(plain(client.post(answer["Location"], {"code": "0000-0000"}), address))
            assert len(mail_to(mail_sink, address)) == 1, "mail goes to known and unknown alike"
            steps.append(plain(client.post(answer["Location"], {"action": "resend"}), address))
        seen.append(steps)
        cookies = {name: (morsel["httponly"], morsel["samesite"]) for name, morsel in client.cookies.items()}
        steps.append(cookies)
    assert seen[0] == seen[1]


def test_signing_up_with_a_known_address_makes_nothing_and_tells_only_its_holder(client, mail_sink, pat):
    users = User.objects.count()
    client.post("/accounts/signup/", {"email": pat.user.email})
    assert User.objects.count() == users
    assert "You have an account already" in mail_to(mail_sink, pat.user.email)[-1]


# --- limits -------------------------------------------------------------------------------------------------------
def served(client, number, **extra):
    """Whether a request for a code was served; beyond the limit the page says so at the field."""
    answer = client.post("/accounts/login/code/", {"email": f"someone{number}@example.org"}, **extra)
    assert answer.status_code == 302 or b"Too many failed login attempts" in answer.content
    return answer.status_code == 302


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_CLIENT_IP"])
def test_a_made_up_forwarding_header_opens_no_new_limit(header):
    answers = [served(Client(), n, **{header: f"203.0.113.{n}"}) for n in range(22)]
    assert answers == [True] * 20 + [False] * 2


def test_behind_one_proxy_the_address_it_adds_counts_and_no_other(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    same = [served(Client(), n, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, 203.0.113.1") for n in range(21)]
    assert same == [True] * 20 + [False]
    assert served(Client(), 99, HTTP_X_FORWARDED_FOR="203.0.113.1, 203.0.113.2")


def test_who_is_told_to_wait_is_told_how_long(client):
    for _ in range(21):
        answer = client.post("/accounts/signup/", {"email": "not an address"})
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert b"Please wait a minute" in answer.content


@pytest.mark.django_db(transaction=True)
def test_of_fifty_who_ask_at_once_for_codes_to_one_address_three_are_served(settings):
    def ask(number):
        try:
            return (
                Client()
                .post("/accounts/login/code/", {"email": "one@example.org"}, REMOTE_ADDR=f"10.0.0.{number}")
                .status_code
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))
    assert answers.count(302) <= 3
    assert Notice.objects.count() == answers.count(302)


def test_without_redis_people_sign_in_and_limits_still_hold(no_redis, client, mail_sink, pat):
    sign_in_by_code(client, mail_sink, pat.user.email)
    assert signed_in(client)
    assert [served(Client(REMOTE_ADDR="10.9.8.7"), n) for n in range(21)] == [True] * 20 + [False]


# --- second factors -----------------------------------------------------------------------------------------------
def test_no_secret_of_a_second_factor_stands_in_clear(client, mail_sink, pat):
    sign_in_by_code(client, mail_sink, pat.user.email)
    secret = re.search(r">([A-Z2-7]{32})<", client.get("/accounts/2fa/totp/activate/").content.decode())[1]
    assert secret not in stored(), "an unconfirmed secret lies in the session"
    client.post("/accounts/2fa/totp/activate/", {"code": totp(secret)})
    codes = Authenticator.objects.get(user=pat.user, type="recovery_codes").wrap()
    assert Authenticator.objects.get(user=pat.user, type="totp").wrap().validate_code(totp(secret))
    held = stored()
    for plain_value in (secret, *codes.get_unused_codes()):
        assert plain_value not in held


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator UNION ALL SELECT session_data FROM django_session")
        return " ".join(row[0] for row in cursor.fetchall())


def test_sessions_hold_neither_code_nor_address_in_clear(client, mail_sink, pat):
    client.post("/accounts/login/code/", {"email": pat.user.email})
    code = code_to(mail_sink, pat.user.email)
    session = Session.objects.get()
    assert code in json.dumps(dict(client.session.items()))
    for readable in (session.session_data, str(base64.b64decode(session.session_data))):
        assert code not in readable
        assert pat.user.email not in readable


def test_a_code_of_the_app_is_taken_once_and_only_in_its_half_minute(client, mail_sink, pat):
    with time_machine.travel(datetime(2026, 6, 1, 12, 0, 1, tzinfo=UTC), tick=False) as clock:
        sign_in_by_code(client, mail_sink, pat.user.email)
        secret = set_up_app(client)
        app = Authenticator.objects.get(user=pat.user, type="totp").wrap()
        early = totp(secret, datetime.now(UTC) + timedelta(seconds=30))
        assert not app.validate_code(early)
        code = totp(secret)
        taken = []
        for seconds in (0, 1, 30, 30):
            clock.shift(seconds)
            taken.append(app.validate_code(code))
        assert taken == [True, False, False, False]


def test_signing_in_asks_for_the_second_step_and_a_spare_code_works_once(client, mail_sink, pat):
    sign_in_by_code(client, mail_sink, pat.user.email)
    set_up_app(client)
    spare = Authenticator.objects.get(user=pat.user, type="recovery_codes").wrap().get_unused_codes()[0]
    for works in (True, False):
        other = Client()
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6 if works else 12)):
            answer = sign_in_by_code(other, mail_sink, pat.user.email)
            assert answer["Location"] == "/accounts/2fa/authenticate/"
            assert not signed_in(other)
            other.post("/accounts/2fa/authenticate/", {"code": spare})
            assert signed_in(other) is works


@pytest.fixture
def second_factor_for_staff(settings):
    settings.SECOND_FACTOR_FOR_STAFF = True


@pytest.mark.usefixtures("second_factor_for_staff")
def test_staff_see_no_page_before_a_second_factor_is_set_up_and_shown(client, mail_sink, rae):
    sign_in_by_code(client, mail_sink, rae.email)
    for path in ("/admin/", "/home/", "/letters/", "/", "/complaints/"):
        assert client.get(path)["Location"] == "/accounts/2fa/", path
    secret = set_up_app(client)
    assert client.get("/admin/")["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
    answer = client.post("/accounts/2fa/reauthenticate/", {"code": totp(secret), "next": "/admin/"})
    assert answer["Location"] == "/admin/"
    assert client.get("/complaints/").status_code == 200


@pytest.mark.usefixtures("second_factor_for_staff")
def test_a_session_from_before_the_second_factor_must_show_it_too(client, mail_sink, rae):
    before = Client()
    before.force_login(rae)
    sign_in_by_code(client, mail_sink, rae.email)
    set_up_app(client)
    assert before.get("/admin/")["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_the_admin_has_no_sign_in_page_of_its_own(client):
    for path in ("/admin/", "/admin/login/"):
        assert client.get(path, follow=True).redirect_chain[-1][0].startswith("/accounts/login/?next=")


# --- sessions -----------------------------------------------------------------------------------------------------
def test_signing_out_clears_the_device_and_the_old_cookie_is_worth_nothing(client, mail_sink, pat):
    sign_in_by_code(client, mail_sink, pat.user.email)
    old = client.cookies["session"].value
    answer = client.post("/accounts/logout/")
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    thief = Client()
    thief.cookies["session"] = old
    assert thief.get("/letters/").status_code == 302


def test_staff_who_sign_out_of_the_admin_clear_the_device_too(client, rae):
    client.force_login(rae)
    assert "Clear-Site-Data" in client.post("/admin/logout/")


def test_an_account_switched_off_is_out_with_its_next_request(client, pat):
    client.force_login(pat.user)
    assert client.get("/accounts/email/").status_code == 200
    User.objects.filter(pk=pat.user.pk).update(is_active=False)
    assert client.get("/accounts/email/").status_code == 302


def test_a_role_taken_away_is_gone_with_the_next_request(client, ann):
    client.force_login(ann)
    right = "certification.add_standard"
    assert client.get("/complaints/").wsgi_request.user.has_perm(right)
    ann.groups.remove(Group.objects.get(name="administrator"))
    assert not client.get("/complaints/").wsgi_request.user.has_perm(right)
    User.objects.filter(pk=ann.pk).update(is_staff=False)
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"


@pytest.mark.parametrize(("who", "minutes"), [("rae", 30), ("pat", 60)])
def test_a_page_left_alone_ends_the_session(who, minutes, request):
    member = request.getfixturevalue(who)
    with time_machine.travel("2026-06-01T16:00:00Z", tick=False) as clock:
        client = Client()
        client.force_login(getattr(member, "user", member))
        for _ in range(3):
            clock.shift(minutes * 60)
            assert client.get("/accounts/email/").status_code == 200
        clock.shift(minutes * 60 + 61)
        assert client.get("/accounts/email/")["Location"] == "/accounts/login/?next=%2Faccounts%2Femail%2F"
        assert not signed_in(client)


def test_nobody_stays_signed_in_beyond_twelve_hours_however_busy(pat):
    with time_machine.travel("2026-06-01T16:00:00Z", tick=False) as clock:
        client = Client()
        client.force_login(pat.user)
        answers = []
        for _ in range(26):
            answers.append(client.get("/accounts/email/").status_code)
            clock.shift(30 * 60)
        assert answers == [200] * 25 + [302]


def test_people_see_where_they_are_signed_in_and_end_the_rest(client, mail_sink, pat):
    sign_in_by_code(client, mail_sink, pat.user.email)
    other = Client(HTTP_USER_AGENT="the library's browser")
    sign_in_by_code(other, mail_sink, pat.user.email)
    assert b"the library&#x27;s browser" in client.get("/accounts/sessions/").content
    client.post("/accounts/sessions/")
    assert not signed_in(other)
    assert signed_in(client)
    assert UserSession.objects.filter(user=pat.user).count() == 1


def test_a_change_to_how_one_signs_in_needs_a_fresh_sign_in(client, mail_sink, pat):
    with time_machine.travel("2026-06-01T16:00:00Z", tick=False) as clock:
        sign_in_by_code(client, mail_sink, pat.user.email)
        clock.shift(11 * 60)
        answer = client.get("/accounts/2fa/totp/activate/")
        assert answer["Location"] == "/sign-in-again/?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F"
        page = client.get(answer["Location"]).content.decode()
        after = re.search(r'name="next" value="([^"]+)"', page)[1].replace("&amp;", "&")
        answer = client.post("/accounts/logout/", {"next": after})
        assert answer["Location"] == "/accounts/login/code/?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F"
        sign_in_by_code(client, mail_sink, pat.user.email)
        assert client.get("/accounts/2fa/totp/activate/").status_code == 200


@pytest.mark.parametrize("path", ["/accounts/email/", "/", "/complaints/", "/accounts/2fa/", "/no-such-page/"])
def test_no_page_of_a_signed_in_person_is_kept_anywhere(client, pat, path):
    client.force_login(factories.user())
    assert client.get(path)["Cache-Control"] == "no-store, private"
