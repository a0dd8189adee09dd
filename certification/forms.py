"""The look of every form of ours, and a date asked for in three parts."""

import re
from calendar import monthrange
from datetime import date

from django import forms
from django.forms.renderers import TemplatesSetting
from django.template.loader import select_template
from django.utils.dates import MONTHS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class PortalRenderer(TemplatesSetting):
    """Renders forms from ``templates/forms/``, and from Django's own where we have none.

    It is set on the form, not for the whole site: the admin draws its widgets with Django's templates and its own styles.
    """

    def get_template(self, template_name):
        return select_template([template_name.removeprefix("django/"), template_name])


class PortalForm(forms.Form):
    """A form with the portal's look. ``heading`` names the field whose label is the ``h1`` of its page.

    Every field is to be answered unless it says "(optional)"; the server says what is missing, at the field and in words.
    """

    default_renderer = PortalRenderer
    use_required_attribute = False
    heading = ""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _missing(field)


def _missing(field):
    """What to say where ``field`` was left empty."""
    if isinstance(field.widget, forms.CheckboxInput):
        return _("Tick this box to go on.")
    if isinstance(field.widget, forms.FileInput):
        return _("Choose a file.")
    if isinstance(field.widget, (forms.Select, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return _("Choose an answer.")
    return _("Fill this in.")


class PaperField(forms.FileField):
    """A photo or a scan of a paper, as ``documents.receive`` takes it."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/heic,image/heif,application/pdf"})


class DateParts(forms.MultiWidget):
    """Month, day and year, each with its own label; ``birthday`` lets the browser fill in what it knows."""

    template_name = "forms/widgets/date_parts.html"

    def __init__(self, attrs=None, *, birthday=False):
        months = [("", _("Month")), *MONTHS.items()]
        fill = (lambda part: {"autocomplete": f"bday-{part}"}) if birthday else (lambda part: {})
        digits = {"inputmode": "numeric"}
        widgets = {
            "month": forms.Select(attrs=fill("month"), choices=months),
            "day": forms.TextInput(attrs=fill("day") | digits | {"maxlength": 2, "class": "w-2"}),
            "year": forms.TextInput(attrs=fill("year") | digits | {"maxlength": 4, "class": "w-4"}),
        }
        super().__init__(widgets, attrs)

    def decompress(self, value):
        if isinstance(value, str):
            value = date.fromisoformat(value)
        return [value.month, value.day, value.year] if value else ["", "", ""]

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        parts = context["widget"]["subwidgets"]
        for part, label in zip(parts, (_("Month"), _("Day"), _("Year")), strict=True):
            part["label"] = label
        wrong = [problem.code for problem in _problems(value)] if isinstance(value, (list, tuple)) else []
        for part, code in zip(parts, ("month", "day", "year"), strict=True):
            if wrong and code not in wrong:
                part["attrs"].pop("aria-invalid", None)
        return context


class MemorableDateField(forms.DateField):
    """A date people know by heart, asked for as month, day and year; cleans to one ``date`` and says which part is wrong."""

    widget = DateParts

    def to_python(self, value):
        if not isinstance(value, (list, tuple)):
            return super().to_python(value)
        month, day, year = (part.strip() if isinstance(part, str) else "" for part in value)
        if not (month or day or year):
            return None
        if problems := _problems((month, day, year)):
            raise forms.ValidationError(problems)
        return date(int(year), int(month), int(day))


def _problems(parts):
    """What is wrong with month, day and year as typed; the ``code`` of each error is the part to mend."""
    month, day, year = (str(part or "").strip() for part in parts)
    if not (month or day or year):
        return []
    problems = []
    if not re.fullmatch(r"0?[1-9]|1[0-2]", month):
        problems.append(forms.ValidationError(gettext("Choose a month."), code="month"))
    if not re.fullmatch(r"0?[1-9]|[12][0-9]|3[01]", day):
        problems.append(forms.ValidationError(gettext("The day must be a number from 1 to 31."), code="day"))
    if not re.fullmatch(r"(19|20)[0-9]{2}", year):
        problems.append(forms.ValidationError(gettext("The year must have four numbers, like 1985."), code="year"))
    if problems:
        return problems
    last = monthrange(int(year), int(month))[1]
    if int(day) > last:
        return [forms.ValidationError(gettext("That month has only %(last)d days.") % {"last": last}, code="day")]
    return []
