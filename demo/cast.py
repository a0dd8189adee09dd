"""Who can be signed in as, and what one person of the demonstration does: through the same actions as the pages."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications import actions as applications
from applications.models import Application, Reason
from applications.rules import page_named, second_reading_of
from certification import documents, name_changes, payments, roles, vouchers
from certification.models import NAME_PARTS, Charge, Document, Person, User, full_name
from certification.queries import ethics_code_on, today
from exams import actions as exams
from exams.models import AccommodationRequest, Attempt
from training_providers import actions as training
from training_providers import rosters
from training_providers.models import Provider, TrainingRecord

from . import pictures

Days = Iterator[float]


class Persona(NamedTuple):
    """``login`` is the part of the e-mail address before the @; a ``role`` makes a member of staff."""

    login: str
    what: Any
    given: str = ""
    family: str = ""
    language: str = "en"
    role: str = ""
    life: Callable[["Actor"], Days] | None = None

    @property
    def email(self) -> str:
        return f"{self.login}@example.org"


STAFF = (
    Persona("reviewer", _("Reviewer"), role=roles.REVIEWER),
    Persona("lead", _("Lead reviewer: denials, holds, appeals"), role=roles.LEAD_REVIEWER),
    Persona("training", _("Training desk"), role=roles.TRAINING_DESK),
    Persona("accommodation", _("Accommodation desk"), role=roles.ACCOMMODATION_DESK),
    Persona("exam", _("Exam desk"), role=roles.EXAM_DESK),
    Persona("registrar", _("Registrar"), role=roles.REGISTRAR),
    Persona("finance", _("Finance"), role=roles.FINANCE),
    Persona("reporting", _("Reporting"), role=roles.REPORTING),
    Persona("administrator", _("Administrator"), role=roles.ADMINISTRATOR),
    Persona("administrator2", _("Second administrator: some acts need two"), role=roles.ADMINISTRATOR),
)
PEOPLE: list[Persona] = []


class Actor:
    """One person and what they do; ``staff`` are the members of staff by login. Rows are read afresh, as a page would."""

    def __init__(self, persona: Persona, password: str, staff: dict[str, User]) -> None:
        self.persona, self.password, self.staff = persona, password, staff

    @property
    def person(self) -> Person:
        return Person.objects.get(user=self.user)

    @property
    def application(self) -> Application:
        return Application.objects.get(person__user=self.user)

    @property
    def training(self) -> TrainingRecord:
        return TrainingRecord.objects.get(person__user=self.user)

    @property
    def attempt(self) -> Attempt:
        return Attempt.objects.get(application=self.application, status=Attempt.Status.AUTHORIZED)

    # --- as the person ---
    def signs_up(self) -> None:
        self.user = sign_up(self.persona, self.password)
        applications.begin(self.user)

    def writes(self, *pages: str) -> None:
        for slug in pages:
            applications.save_page(self.application, page_named(slug), getattr(self, f"_{slug}")(), by=self.user)

    def asks_for_a_diploma(self, address: str) -> None:
        page = page_named("education")
        applications.ask_other(self.application, page, address, language=self.persona.language, by=self.user)

    def pays(self, charge: Any) -> None:
        payments.confirm(charge, reference=f"pretended-{charge.public_id}", cents=charge.cents)

    def answers_what_was_asked(self) -> None:
        self.writes("education")
        applications.answer(self.application, by=self.user)

    def sends_training(self, provider: str = "Bridges Peer Academy", hours: int = 80) -> None:
        starts, ends = today() - timedelta(days=40), today() - timedelta(days=12)
        paper = pictures.training_certificate(self.name, provider, hours, starts, ends)
        training.submit_record(
            self.person,
            provider=Provider.objects.get(name=provider),
            language=self.persona.language,
            starts=starts,
            ends=ends,
            hours=hours,
            document=documents.receive(self.person, Document.Kind.TRAINING, paper, by=self.user),
            by=self.user,
        )

    def needs_no_change(self) -> None:
        exams.answer_change_question(self.application, needed=False, by=self.user)

    def asks_for_a_change(self, text: str) -> AccommodationRequest:
        return exams.answer_change_question(self.application, needed=True, text=text, by=self.user)

    def pays_for_the_exam(self) -> None:
        self.pays(exams.open_checkout(self.application, by=self.user))

    def asks_for_a_name(self, family: str) -> None:
        person = self.person
        parts = {part: getattr(person, part) for part in NAME_PARTS} | {"family_name": family}
        paper = pictures.court_order(person.legal_name, full_name(parts))
        document = documents.receive(person, Document.Kind.NAME, paper, by=self.user)
        name_changes.ask(person, parts=parts, document=document, by=self.user)

    def pays_for_the_exam_with_a_voucher(self) -> None:
        _batch, codes = vouchers.make(
            purpose=Charge.Purpose.EXAM,
            payer="Example County Behavioral Health",
            count=10,
            valid_through=today() + timedelta(days=180),
            note="Sample agreement of this demonstration.",
            by=self.staff["finance"],
        )
        vouchers.pay(exams.open_checkout(self.application, by=self.user), codes[0])

    def asks_for_the_fee_back(self, text: str) -> None:
        fee = self.person.charges.filter(purpose=Charge.Purpose.EXAM).latest("paid_at")
        exams.ask_fee_back(fee, text=text, by=self.user)

    # --- as staff ---
    def has_accepted(self, *kinds: str) -> None:
        """Every line that waits, or only ``kinds``."""
        for line in self.application.requirements.filter(status="waiting"):
            if not kinds or line.kind in kinds:
                applications.accept_requirement(line, by=self.staff["reviewer"])

    def has_refused(self, code: str) -> None:
        reason = Reason.objects.get(code=code)
        line = self.application.requirements.get(kind=reason.requirement)
        applications.refuse_requirement(line, reason, by=self.staff["reviewer"])

    def asks(self, text: str) -> None:
        applications.write_to_office(self.person, text, mark=uuid4())

    def is_written_to(self, text: str) -> None:
        newest = self.person.messages.order_by("pk").last()
        seen = newest and newest.pk
        applications.write_to_person(self.person, text, mark=uuid4(), seen=seen, by=self.staff["reviewer"])

    def is_approved(self, *, claimed: bool = False) -> None:
        if not claimed:
            applications.claim(self.application, by=self.staff["reviewer"])
        self.has_accepted()
        applications.approve(self.application, by=self.staff["reviewer"])

    def is_drawn(self) -> None:
        """Read twice, as the lot may have decided already."""
        if second_reading_of(self.application) is None:
            applications.draw(self.application, percent=100)

    def is_to_be_denied(self) -> Any:
        applications.claim(self.application, by=self.staff["reviewer"])
        self.has_refused("diploma-not-equal")
        self.has_accepted()
        grounds = "The paper is a certificate of attendance. The law asks for a high school diploma or its equal."
        return applications.propose_denial(self.application, by=self.staff["reviewer"], grounds=grounds)

    def is_on_a_roster(self, name: str) -> None:
        """A provider wrote their code beside ``name``, and the training desk confirmed it."""
        day = today()
        row = f"{self.person.portal_code},{name},{day - timedelta(days=35)},{day - timedelta(days=4)},80"
        read = rosters.read(f"Portal code,Name,First day,Last day,Hours\n{row}\n".encode())
        provider, by = Provider.objects.get(name="Bridges Peer Academy"), self.staff["training"]
        training.take_roster(read.lines, provider=provider, language="en", mark=read.mark, by=by)

    def sat(self, result: str) -> None:
        """The vendor's file says how the exam of yesterday went."""
        areas = "crisis;advocacy" if result == "fail" else ""
        day = today() - timedelta(days=1)
        row = f"{self.attempt.candidate_number},{result},{day},{areas}"
        raw = f"CandidateID,Result,ExamDate,Areas\n{row}\n".encode()
        exams.import_file(f"results-{today()}.csv", raw, by=self.staff["exam"])

    # --- what they write ---
    @property
    def name(self) -> str:
        return f"{self.persona.given} {self.persona.family}"

    @cached_property
    def born(self) -> date:
        number = PEOPLE.index(self.persona)
        return date(1958 + number * 5 % 42, 1 + number * 7 % 12, 1 + number * 11 % 28)

    def _orientation(self) -> dict:
        return {"read": True, "language": self.persona.language, "read_at": timezone.now().isoformat()}

    def _name(self) -> dict:
        blank = dict.fromkeys(("middle_name", "suffix", "preferred_name"), "")
        return blank | {"given_name": self.persona.given, "family_name": self.persona.family}

    def _birth(self) -> dict:
        return {"birth_date": self.born.isoformat()}

    def _contact(self) -> dict:
        number = PEOPLE.index(self.persona)
        return {
            "phone": f"+1916555{100 + number:04}",
            "no_fixed_address": False,
            "address_line1": f"{12 + number} Elm Street",
            "address_line2": "",
            "city": "Sacramento",
            "state": "CA",
            "zip_code": "95814",
            "county": "06067",
            "language": self.persona.language,
        }

    def _identity(self) -> dict:
        expires_on = today() + timedelta(days=1000)
        paper = pictures.photo_id(self.name, self.born, expires_on)
        return {
            "kind": "state-id",
            "issuer": "State of Nowhere",
            "expires_on": expires_on.isoformat(),
            "no_expiry": False,
            "document": documents.receive(self.person, Document.Kind.IDENTITY, paper, by=self.user).pk,
        }

    def _education(self) -> dict:
        paper = pictures.diploma(self.name)
        document = documents.receive(self.person, Document.Kind.EDUCATION, paper, by=self.user)
        return {"kind": "high-school", "document": document.pk}

    def _attestations(self) -> dict:
        return dict.fromkeys(("lived_experience", "willing_to_share", "dedication"), True)

    def _ethics(self) -> dict:
        return {
            "version": ethics_code_on(today()).version,
            "signature": self.name,
            "signed_at": timezone.now().isoformat(),
            "language": self.persona.language,
        }


def sign_up(persona: Persona, password: str) -> User:
    """An account with a verified address; ``password`` is hashed already."""
    user = User.objects.create(email=persona.email, language=persona.language, password=password)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user
