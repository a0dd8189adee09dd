"""The checklist of a reviewer: the conditions of WIC 14045.15(a), each with the page of the application that answers it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from certification.models import Document

STATUTE = "WIC 14045.15(a)"
PROGRAM_PAGE = gettext_lazy("program page “How to apply”")


@dataclass(frozen=True)
class Check:
    """One line of the checklist: the condition in plain words, where it is written, the page of the application that answers it, and its papers."""

    label: str | Promise
    citation: str | Promise
    page: str
    question: str | Promise
    documents: tuple = ()


REQUIREMENTS = {
    "identity": Check(
        gettext_lazy("Photo ID"),
        PROGRAM_PAGE,
        "identity",
        gettext_lazy("A government photo ID, readable, not expired on the day of filing."),
        (Document.Kind.IDENTITY,),
    ),
    "name": Check(
        gettext_lazy("Legal name"),
        PROGRAM_PAGE,
        "name",
        gettext_lazy(
            "Given and family name as on the photo ID. A middle name may be left out; if given, it is the same."
        ),
        (Document.Kind.IDENTITY,),
    ),
    "age": Check(
        gettext_lazy("Age"),
        STATUTE,
        "birth",
        gettext_lazy("Old enough on the day of filing, and the birth date is the one on the photo ID."),
        (Document.Kind.IDENTITY,),
    ),
    "education": Check(
        gettext_lazy("Diploma"),
        STATUTE,
        "education",
        gettext_lazy("A high school diploma, its equal, or anything higher, and it is this person's."),
        (Document.Kind.EDUCATION,),
    ),
    "lived-experience": Check(
        gettext_lazy("Lived experience"),
        STATUTE,
        "attestations",
        gettext_lazy(
            "Lived experience of recovery, willing to share it, dedicated to recovery. The person's own word is enough."
        ),
    ),
    "ethics": Check(
        gettext_lazy("Code of Ethics"),
        STATUTE,
        "ethics",
        gettext_lazy("Agreed to in writing, in the version in force on the day of filing."),
    ),
}
