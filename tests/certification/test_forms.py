from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError

from certification.forms import DateParts, MemorableDateField, PortalForm
from certification.templatetags.portal import dial, dressed, error_links


class Example(PortalForm):
    heading = "adult"

    given_name = forms.CharField(label="Given name", help_text="As on your ID")
    born = MemorableDateField(label="Date of birth", required=False, widget=DateParts(birthday=True))
    adult = forms.ChoiceField(label="Are you 18?", choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I agree")


def test_a_date_in_three_parts_is_one_date():
    field = MemorableDateField()
    assert field.clean(["3", "9", "1985"]) == date(1985, 3, 9)
    assert field.clean([" 12 ", "31", " 2000"]) == date(2000, 12, 31)
    assert MemorableDateField(required=False).clean(["", "", ""]) is None


@pytest.mark.parametrize(
    ("parts", "codes"),
    [
        (["", "9", "1985"], ["month"]),
        (["13", "9", "1985"], ["month"]),
        (["3", "0", "1985"], ["day"]),
        (["2", "30", "1985"], ["day"]),
        (["3", "9", "85"], ["year"]),
        (["x", "y", "z"], ["month", "day", "year"]),
        (["3", "9", "١٩٨٥"], ["year"]),
        (["3", "9\x00", "1985"], ["day"]),
        ([None, None, "1985"], ["month", "day"]),
        (["", "", ""], ["required"]),
    ],
)
def test_a_wrong_date_says_which_part(parts, codes):
    with pytest.raises(ValidationError) as refused:
        MemorableDateField().clean(parts)
    assert [error.code for error in refused.value.error_list] == codes


def test_only_the_wrong_part_is_marked():
    form = Example({"born_month": "3", "born_day": "40", "born_year": "1985"})
    html = str(form["born"])
    assert html.count('aria-invalid="true"') == 1
    assert html.index('aria-invalid="true"') > html.index('name="born_day"')
    assert html.index('aria-invalid="true"') < html.index('name="born_year"')
    assert 'value="40"' in html


def test_a_field_is_tied_to_its_hint_and_its_error():
    html = Example({"given_name": ""}).as_div()
    assert 'aria-describedby="id_given_name_helptext id_given_name_error"' in html
    assert 'id="id_given_name_helptext"' in html
    assert 'id="id_given_name_error"' in html
    assert "<h1>Are you 18?</h1>" in html
    assert "(optional)" in html
    assert "required" not in html


def test_the_summary_leads_to_the_first_input_of_each_wrong_field():
    links = error_links(Example({"born_month": "", "born_day": "1", "born_year": "1985"}))
    assert [anchor for anchor, _ in links] == ["id_given_name", "id_born_0", "id_adult_0", "id_agree"]
    assert links[0][1] == "Given name – Fill this in."
    html = Example({}).as_div()
    assert all(f'id="{anchor}"' in html for anchor, _ in links)


def test_other_forms_keep_the_look_of_django_until_dressed():
    class Plain(forms.Form):
        name = forms.CharField(widget=forms.TextInput(attrs={"placeholder": "Name"}))

    form = Plain({})
    assert "usa-input" not in form.as_div()
    html = str(dressed(form))
    assert "usa-input" in html
    assert "placeholder" not in html
    assert "This field is required." in html


def test_a_number_to_dial():
    assert dial("+1 (888) 555-0142") == "+18885550142"
