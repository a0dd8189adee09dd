"""A passkey and the other ways to sign in, in a real browser under the portal's own content policy."""

import re
from pathlib import Path

import pytest

from certification.models import Notice, User
from certification.notices import deliver

PICTURES = Path(__file__).parents[2] / ".local/sign-in-pages"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


@pytest.fixture
def page(live_server, browser):
    """A page with a phone-sized window and a device that holds passkeys; ``page.faults`` gathers what its policy or scripts complain of."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.faults = []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    yield page
    context.close()


def picture(page, name):
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"
    page.set_viewport_size({"width": 390, "height": 800})


def newest_code(sink):
    for notice in Notice.objects.unsent():
        deliver(notice.pk)
    return re.search(r"^\d{4}-\d{4}", sink.messages[-1].content.decode(), re.MULTILINE)[0]


def sign_up(page, sink):
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill("pia@example.org")
    picture(page, "signup")
    page.get_by_role("button", name="Send me a code").click()
    picture(page, "code")
    page.get_by_label("Code").fill("0000 0000")
    page.get_by_role("button", name="Go on").click()
    picture(page, "wrong-code")
    page.get_by_label("Code").fill(newest_code(sink))
    page.get_by_role("button", name="Go on").click()


def test_a_passkey_is_made_and_signs_in_by_itself(page, mail_sink):
    sign_up(page, mail_sink)
    for name, path in {
        "email": "/accounts/email/",
        "password": "/accounts/password/set/",
        "factors": "/accounts/2fa/",
        "app": "/accounts/2fa/totp/activate/",
        "sessions": "/accounts/sessions/",
        "again": "/sign-in-again/",
    }.items():
        page.goto(path)
        picture(page, name)
    page.goto("/accounts/2fa/webauthn/add/")
    picture(page, "add-passkey")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(re.compile("recovery-codes|webauthn/$|reauthenticate"))
    picture(page, "passkey-made")
    if "reauthenticate" in page.url:
        page.get_by_role("button", name="Use my passkey").click()
        page.wait_for_url(re.compile("recovery-codes"))
        picture(page, "spare-codes")
    page.goto("/accounts/2fa/webauthn/")
    picture(page, "passkeys")
    page.goto("/accounts/2fa/")
    picture(page, "factors-on")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    picture(page, "signed-out")
    page.goto("/accounts/login/?next=/accounts/sessions/")
    picture(page, "login")
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/accounts/sessions/")
    page.get_by_role("heading", name="Where you are signed in").wait_for()
    # Signed in by a code, the same passkey is the second step.
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/code/?next=/accounts/sessions/")
    picture(page, "ask-code")
    page.get_by_label("Email").fill("pia@example.org")
    page.get_by_role("button", name="Send the code").click()
    page.wait_for_url("**/accounts/login/code/confirm/**")  # before that the newest code is an older one
    page.get_by_label("Code").fill(newest_code(mail_sink))
    page.get_by_role("button", name="Go on").click()
    picture(page, "second-step")
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/accounts/sessions/")
    assert User.objects.get().email == "pia@example.org"
    assert [fault for fault in page.faults if "500" not in fault] == []
