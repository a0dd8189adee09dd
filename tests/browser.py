"""People in front of a browser, so that a story reads as sentences: ``pat.follows("applications:apply")``, ``pat.fills_in(city="Davis")``.

Nothing here reads a label: links are found by where they lead, fields by their names. So one story runs in every language.
"""

import re
from datetime import date
from email import message_from_bytes
from email.policy import default

from django.urls import reverse
from django.utils import translation

from certification import notices
from certification.models import Notice

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PATIENCE = 10_000  # milliseconds


class Visitor:
    """Somebody with a mouse or a finger. Any fault that the browser reports, and any page wider than the screen, is remembered in ``faults``."""

    def __init__(self, browser, server, *, screen=PHONE, language="en", javascript=True):
        self.language, self.faults = language, []
        context = browser.new_context(
            viewport=screen, base_url=server.url, java_script_enabled=javascript, locale=language
        )
        context.set_default_timeout(PATIENCE)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._note)
        self.page.on("response", self._note_status)

    def _note(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _note_status(self, response):
        if response.status >= 400:
            self.faults.append(f"{response.url}: {response.status}")

    # --- where they are ---
    def opens(self, address):
        self.page.goto(address)
        self._look()

    def follows(self, name, *arguments, **options):
        """The link to that page, wherever it stands on this one."""
        self._click(self.page.locator(f'a[href$="{self.address(name, *arguments, **options)}"]').first)

    def goes_to(self, selector):
        self._click(self.page.locator(selector).first)

    def address(self, name, *arguments, **options):
        with translation.override(self.language):
            return reverse(name, args=arguments, **options)

    def is_at(self, name, *arguments):
        expected = self.address(name, *arguments)
        assert self.page.url.split("?")[0].endswith(expected), (
            f"{self.page.url} is not {expected}: {self.reads()[:800]}"
        )
        return True

    def reads(self):
        """All that the page says."""
        return self.page.locator("main, #content").first.inner_text()

    def number_of(self, selector):
        return self.page.locator(selector).count()

    # --- what they do ---
    def fills_in(self, **answers):
        for name, value in answers.items():
            if isinstance(value, date):
                parts = {"month": str(value.month), "day": str(value.day), "year": str(value.year)}
                self.fills_in(**{f"{name}_{part}": text for part, text in parts.items()})
            else:
                self._fill(name, value)

    def sends(self):
        """The first button of the form in the middle of the page."""
        self.presses("main form:not([role=search]) button[type=submit]")

    def presses(self, selector):
        self._click(self.page.locator(selector).first)

    def _fill(self, name, value):
        field = self.page.locator(f'main [name="{name}"]:not([type=hidden]), #content [name="{name}"]')
        kind = field.first.evaluate("field => field.type")
        if kind == "radio":
            self._tick(field.and_(self.page.locator(f'[value="{value}"]')))
        elif kind == "checkbox":
            self._tick(field)
        elif kind == "select-one":
            self._choose(field, value)
        elif kind == "file":
            self._attach(field, value)
        else:
            self._type(field, value)

    def _tick(self, field):
        self.page.locator(f'label[for="{field.get_attribute("id")}"]').click()
        assert field.is_checked()

    def _choose(self, field, value):
        field.select_option(value)

    def _attach(self, field, picture):
        field.set_input_files({"name": picture.name, "mimeType": picture.content_type, "buffer": picture.read()})

    def _type(self, field, value):
        field.fill(value)

    def _click(self, thing):
        with self.page.expect_navigation(wait_until="load"):
            thing.click()
        self._look()

    def _look(self):
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.faults.append(f"{self.page.url} is {wide} pixels too wide")


class KeyboardVisitor(Visitor):
    """Somebody who has only a keyboard, and reaches everything by Tab."""

    def __init__(self, *where, **how):
        super().__init__(*where, **how)
        # Heard from the first page on: asked for only when a key is pressed, the browser may open the dialog before it is told.
        self.page.on("filechooser", lambda chooser: None)

    def _reach(self, thing):
        element = thing.element_handle()
        for _tab in range(250):
            if element.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {thing} on {self.page.url}")

    def _click(self, thing):
        self._reach(thing)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")
        self._look()

    def _tick(self, field):
        if field.get_attribute("type") == "radio":
            first = self.page.locator(f'[name="{field.get_attribute("name")}"]').first
            self._reach(first)
            self.page.keyboard.press("Space")
            for _step in range(40):
                if field.is_checked():
                    return
                self.page.keyboard.press("ArrowDown")
            raise AssertionError(f"no arrow leads to {field}")
        self._reach(field)
        self.page.keyboard.press("Space")
        assert field.is_checked()

    def _choose(self, field, value):
        """By typing the first word of what is to be chosen; a space typed late would open the list instead."""
        self._reach(field)
        self.page.keyboard.type(field.locator(f'option[value="{value}"]').inner_text().split()[0])
        assert field.input_value() == value

    def _attach(self, field, picture):
        self._reach(field)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files({"name": picture.name, "mimeType": picture.content_type, "buffer": picture.read()})

    def _type(self, field, value):
        self._reach(field)
        self.page.keyboard.type(value)


class Post:
    """Takes out what waits to be sent, as the worker does, and reads what arrived at the mail server ``sink``."""

    def __init__(self, sink):
        self.sink = sink

    def letters_to(self, address):
        """Everything that reached ``address``, oldest first."""
        for pk in Notice.objects.unsent().order_by("pk").values_list("pk", flat=True):
            notices.deliver(pk)
        return [message_from_bytes(letter.original_content, policy=default) for letter in self.sink.to(address)]

    def code_for(self, address):
        """The newest code to sign in."""
        letter = self.letters_to(address)[-1].get_content()
        return re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]+)?)\s*$", letter, re.MULTILINE)[1]

    def told(self, address, *names):
        """Whether each of these notices arrived, once."""
        subjects = [letter["Subject"] for letter in self.letters_to(address)]
        said = Notice.objects.filter(recipient__email=address, name__in=names).values_list("pk", flat=True)
        return [subjects.count(Notice.objects.get(pk=pk).subject) for pk in said] == [1] * len(names)
