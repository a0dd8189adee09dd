"""What was answered, in words."""

from datetime import date
from functools import cache

from django.db.models import Value
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from certification.details import OUTSIDE_CALIFORNIA
from certification.models import County, Document, EducationKind, IdentityKind

from ..rules import PAGES, legal_name


def summary(answers, pages=PAGES):
    """What was answered, for people to read: a list of ``(page, [(label, value, document)])``; pages without answers are empty."""
    rows = written_rows(answers, pages)
    named = [paper for _page, lines in rows for _label, _value, paper in lines if paper]
    documents = Document.objects.filter(deleted_at=None).in_bulk(named)
    return [(page, [(label, value, documents.get(paper)) for label, value, paper in lines]) for page, lines in rows]


def written_rows(answers, pages=PAGES):
    """The same with the number of the document in the place of the document."""
    answers = _with_kinds(answers)
    return [(page, _ROWS[page.slug](answers) if page.slug in answers else []) for page in pages]


def _with_kinds(answers):
    """The answers with what the papers are called, as ``kind_label``."""
    lists = {"identity": IdentityKind, "education": EducationKind}
    identity, education = (
        kinds.objects.filter(code=answers.get(page, {}).get("kind")).annotate(page=Value(page)).order_by()
        for page, kinds in lists.items()
    )
    named = {row.page: row.label for row in identity.union(education)}
    return answers | {page: answers[page] | {"kind_label": named.get(page, "")} for page in lists if page in answers}


def _orientation(answers):
    return [(_("Guide"), _("Read"), None)]


def _name(answers):
    return [
        (_("Legal name"), legal_name(answers), None),
        (_("Name you like to be called"), answers["name"].get("preferred_name", ""), None),
        (_("Other names you have had"), answers["name"].get("former_names", ""), None),
    ]


def _birth(answers):
    return [(_("Birth date"), _day(answers["birth"].get("birth_date")), None)]


def _contact(answers):
    own = answers["contact"]
    lines = [own.get("address_line1"), own.get("address_line2"), _place(own)]
    address = _("No fixed address") if own.get("no_fixed_address") else "\n".join(filter(None, lines))
    return [
        (_("Phone"), _phone(own.get("phone")), None),
        (_("Mailing address"), address, None),
        (
            _("County"),
            _("Outside California") if own.get("county") == OUTSIDE_CALIFORNIA else _county(own.get("county")),
            None,
        ),
        (_("Language of our letters"), {"en": "English", "es": "Español"}.get(own.get("language"), ""), None),
    ]


@cache
def _county(fips):
    """Kept for the life of the process: counties do not change their names."""
    return County.objects.get(fips=fips).name


def _phone(text):
    return PhoneNumber.from_string(text).as_national if text else ""


def _place(own):
    return f"{own.get('city', '')}, {own.get('state', '')} {own.get('zip_code', '')}".strip(", ")


def _identity(answers):
    own = answers["identity"]
    no_expiry = _("It has no expiry date") if own.get("no_expiry") else ""
    return [
        (_("Kind of ID"), own["kind_label"], None),
        (_("Issued by"), own.get("issuer", ""), None),
        (_("Expires"), _day(own.get("expires_on")) or no_expiry, None),
        _file(own),
    ]


def _name_on_it(own):
    return [(_("Name on it"), own["name_on_it"], None)] if own.get("name_on_it") else []


def _education(answers):
    own = answers["education"]
    return [
        (_("Kind of diploma"), own["kind_label"], None),
        *_name_on_it(own),
        _file(own),
    ]


def _file(own):
    return _("Photo or file"), _("Received") if own.get("document") else "", own.get("document")


def _attestations(answers):
    own = answers["attestations"]
    return [
        (_("Lived experience"), _yes(own.get("lived_experience")), None),
        (_("Willing to share it"), _yes(own.get("willing_to_share")), None),
        (_("Strong dedication to recovery"), _yes(own.get("dedication")), None),
    ]


def _ethics(answers):
    own = answers["ethics"]
    return [
        (_("Code of Ethics"), _("Version %s") % own.get("version"), None),
        (_("Signed"), own.get("signature"), None),
    ]


def _yes(value):
    return _("Yes") if value else ""


def _day(text):
    return date_format(date.fromisoformat(text), "DATE_FORMAT") if text else ""


_ROWS = {
    "orientation": _orientation,
    "name": _name,
    "birth": _birth,
    "contact": _contact,
    "identity": _identity,
    "education": _education,
    "attestations": _attestations,
    "ethics": _ethics,
}
