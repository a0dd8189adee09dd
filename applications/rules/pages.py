"""The pages of an application, in the order of the task list. Each has an address of its own and asks one thing."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certification.models import Document


@dataclass(frozen=True)
class Page:
    """``slug`` is the page's address and the key of its answers; ``needs`` names the answers without which it is unfinished.

    ``after`` is the page that must be done before this one makes sense; ``paper`` the kind of document it takes, if any.
    """

    slug: str
    title: str | Promise
    needs: tuple[str, ...]
    after: str = ""
    hint: str | Promise = ""
    paper: str = ""


SECTIONS = (
    (
        _("Before you start"),
        (Page("orientation", _("Read the short guide"), ("read",), hint=_("About ten minutes")),),
    ),
    (
        _("About you"),
        (
            Page("name", _("Your name"), ("given_name",)),
            Page("birth", _("Your birth date"), ("birth_date",)),
            Page("contact", _("How we reach you"), ("county", "language")),
        ),
    ),
    (
        _("Your papers"),
        (
            Page(
                "identity",
                _("Photo ID"),
                ("kind", "issuer", "document"),
                hint=_("A photo from your phone is fine"),
                paper=Document.Kind.IDENTITY,
            ),
            Page(
                "education",
                _("Diploma"),
                ("kind", "document"),
                hint=_("A photo from your phone is fine"),
                paper=Document.Kind.EDUCATION,
            ),
        ),
    ),
    (
        _("Your word"),
        (
            Page(
                "attestations",
                _("Lived experience and dedication"),
                ("lived_experience", "willing_to_share", "dedication"),
            ),
            Page("ethics", _("Code of Ethics"), ("version", "signature", "signed_at", "language"), after="name"),
        ),
    ),
)

PAGES = tuple(page for _title, pages in SECTIONS for page in pages)
_BY_SLUG = {page.slug: page for page in PAGES}


def page_named(slug):
    """The page at that address, or None."""
    return _BY_SLUG.get(slug)
