"""Every component on one page: no fault found by axe, nothing wider than the screen; pictures stay in ``.local/gallery/``."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import RequestFactory

from certification.forms import DateParts, MemorableDateField, PortalForm

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / ".local/gallery"
AXE = ROOT / "tests/vendor/axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Everything(PortalForm):
    given = forms.CharField(label="Given name", help_text="As on your ID")
    middle = forms.CharField(label="Middle name", required=False)
    born = MemorableDateField(
        label="Date of birth", help_text="For example: March 9 1985", widget=DateParts(birthday=True)
    )
    county = forms.ChoiceField(label="County", choices=[("", "Choose"), ("1", "Alameda"), ("2", "Yolo")])
    adult = forms.ChoiceField(label="Are you 18?", choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect)
    speaks = forms.MultipleChoiceField(
        label="Languages", choices=[("en", "English"), ("es", "Spanish")], widget=forms.CheckboxSelectMultiple
    )
    photo = forms.FileField(label="Photo of your ID")
    note = forms.CharField(label="Anything else", widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label="I agree to the Code of Ethics")


@pytest.fixture
def gallery(settings):
    """The page as a string: with every answer wrong, and with none given."""
    template = settings.TEMPLATES[0]
    settings.TEMPLATES = [template | {"DIRS": [ROOT / "tests/templates", *template["DIRS"]]}]

    def draw(form):
        request = RequestFactory().get("/")
        request.user = SimpleNamespace(is_authenticated=False)
        return render_to_string("gallery.html", {"form": form}, request)

    return draw


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("state", ["empty", "wrong"])
def test_components(gallery, browser, width, state):
    html = gallery(Everything({"born_day": "40"}) if state == "wrong" else Everything())
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.route("**/static/**", lambda route: route.fulfill(path=ROOT / route.request.url.partition(".test/")[2]))
    page.route("https://gallery.test/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("https://gallery.test/")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{state}-{width}.png", full_page=True)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.evaluate(AXE.read_text())
    found = page.evaluate("levels => axe.run(document, {runOnly: levels})", LEVELS)["violations"]
    focused = page.evaluate("document.activeElement.className")
    context.close()
    assert [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found] == []
    assert wider <= 0
    assert (focused == "errors") == (state == "wrong")
