"""People and cases for tests, made through the real actions wherever there is one."""

import hashlib
import io
import itertools
import zipfile
from datetime import date, timedelta
from uuid import uuid4

from allauth.account.models import EmailAddress
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from applications import actions as applications
from applications.rules import page_named
from certification import documents, name_changes, notices, payments
from certification.models import Document, Person, User
from certification.queries import ethics_code_on
from certification.sealed import fingerprint
from certification.steps import record
from exams import actions as exams
from training_providers import actions as training
from training_providers import rosters
from training_providers.models import Approval, Provider

_count = itertools.count(1)


def user(email=None, **fields):
    made = User.objects.create_user(email or f"user{next(_count)}@example.org", **fields)
    EmailAddress.objects.create(user=made, email=made.email, primary=True, verified=True)
    return made


def staff(role, email=None):
    made = user(email or f"{role.replace(' ', '-')}{next(_count)}@example.org", is_staff=True)
    made.groups.add(Group.objects.get(name=role))
    return User.objects.get(pk=made.pk)


def person(given="Pat", family="Doe", *, birth_date=date(1990, 5, 17), language="en", **fields):
    made = Person(user=user(language=language), given_name=given, family_name=family, **fields)
    if birth_date:
        made.set_birth_date(birth_date)
    return record(made, by=made.user, why="begin")


# --- applications --------------------------------------------------------------------------------------------------
def picture(name="paper.png", color="white"):
    """A picture, as a phone might send it."""
    file = io.BytesIO()
    Image.new("RGB", (800, 600), color).save(file, "PNG")
    return upload(name, file.getvalue(), "image/png")


def upload(name, data, content_type):
    return SimpleUploadedFile(name, data, content_type=content_type)


def document(owner, kind=Document.Kind.IDENTITY):
    """A stored file. It is not judged, which takes a process of its own; tests of uploads send theirs through the views."""
    public_id, key = uuid4(), AESGCM.generate_key(256)
    data = picture().read()
    return Document.objects.create(
        public_id=public_id,
        owner=owner,
        kind=kind,
        storage_name=documents.store(documents.encrypt(data, key, public_id)),
        file_key=key,
        content_type="image/png",
        size=len(data),
        fingerprint=fingerprint(hashlib.sha256(data).hexdigest()),
        uploaded_by=owner.user,
    )


def answers(owner, *, without=(), **changes):
    """What ``owner`` writes on every page but those in ``without``; ``changes`` replace single answers, page by page."""
    now = timezone.now().isoformat()
    birth_date = owner.birth_date or date(1990, 5, 17)
    pages = {
        "orientation": {"read": True, "language": "en", "read_at": now},
        "name": {
            "given_name": owner.given_name or "Pat",
            "middle_name": owner.middle_name,
            "family_name": owner.family_name,
            "suffix": "",
            "preferred_name": owner.preferred_name,
        },
        "birth": {"birth_date": birth_date.isoformat()},
        "contact": {
            "phone": "+19165550134",
            "no_fixed_address": False,
            "address_line1": "12 Elm Street",
            "address_line2": "",
            "city": "Sacramento",
            "state": "CA",
            "zip_code": "95814",
            "county": "06067",
            "language": owner.user.language,
        },
        "identity": {
            "kind": "state-id",
            "issuer": "California DMV",
            "expires_on": (timezone.localdate() + timedelta(days=900)).isoformat(),
            "no_expiry": False,
            "document": None if "identity" in without else document(owner, Document.Kind.IDENTITY).pk,
        },
        "education": {
            "kind": "high-school",
            "document": None if "education" in without else document(owner, Document.Kind.EDUCATION).pk,
        },
        "attestations": {"lived_experience": True, "willing_to_share": True, "dedication": True},
        "ethics": {
            "version": ethics_code_on(timezone.localdate()).version,
            "signature": " ".join(filter(None, [owner.given_name or "Pat", owner.family_name])),
            "signed_at": now,
            "language": "en",
        },
    }
    return {page: written | changes.get(page, {}) for page, written in pages.items() if page not in without}


def draft(owner, *, without=(), **changes):
    """An application of ``owner`` with every page written but those in ``without``."""
    application = applications.begin(owner.user)
    for slug, written in answers(owner, without=without, **changes).items():
        applications.save_page(application, page_named(slug), written, by=owner.user)
    return application


def pay(charge):
    """The payment service says that ``charge`` is paid."""
    return payments.confirm(charge, reference=f"paid-{next(_count)}", cents=charge.cents)


def filed_application(owner, **changes):
    """An application of ``owner`` that was written, paid and filed today."""
    application = draft(owner, **changes)
    pay(applications.open_checkout(application, by=owner.user))
    application.refresh_from_db()
    return application


def approved_application(owner, **changes):
    """An application of ``owner`` that was reviewed and approved today, its letter handed over."""
    application, reviewer = filed_application(owner, **changes), staff("reviewer")
    applications.claim(application, by=reviewer)
    for requirement in application.requirements.all():
        applications.accept_requirement(requirement, by=reviewer)
    applications.approve(application, by=reviewer)
    notices.deliver(application.approval_notice_id)
    application.refresh_from_db()
    return application


# --- names ---------------------------------------------------------------------------------------------------------
def asked_name_change(owner, **parts):
    """A new name that ``owner`` asks for: their given name with the family name "New", unless ``parts`` say otherwise."""
    known = {"given_name": owner.given_name, "middle_name": "", "family_name": "New", "suffix": ""}
    paper = document(owner, Document.Kind.NAME)
    return name_changes.ask(owner, parts=known | parts, document=paper, by=owner.user)


# --- training ------------------------------------------------------------------------------------------------------
def provider(name="Bright Path Training", *, starts=date(2022, 7, 1), ends=None, language="en", training_type="core"):
    """A provider with one approval; with the name of one that stands, one more approval."""
    found = Provider.objects.filter(name=name).first()
    made = found or record(Provider(name=name), by=None, why="test")
    approval = Approval(
        provider=made, training_type=training_type, language=language, delivery="online", starts=starts, ends=ends
    )
    record(approval, by=None, why="test")
    return made


def sent_training(owner, **facts):
    """A training certificate that ``owner`` sent today: 80 hours that ended a month ago, unless ``facts`` say otherwise."""
    ended = facts.pop("ends", timezone.localdate() - timedelta(days=30))
    said = {
        "provider": facts.pop("provider", None) or provider(),
        "language": "en",
        "starts": ended - timedelta(days=20),
        "ends": ended,
        "hours": 80,
        "document": document(owner, Document.Kind.TRAINING),
    }
    return training.submit_record(owner, by=owner.user, **(said | facts))


def accepted_training(owner):
    sent = sent_training(owner)
    training.accept(sent, by=staff("training desk"))
    return sent


# --- rosters -------------------------------------------------------------------------------------------------------
def roster(*rows):
    """A roster as a provider writes it in CSV; a row is ``(code, given name, family name, first day, last day, hours)``."""
    heading = "Portal code,Given name,Family name,First day,Last day,Hours"
    return "\n".join([heading, *(",".join(map(str, row)) for row in rows)]).encode()


def on_roster(owner, **facts):
    """The row of ``owner``: 80 hours that ended a month ago, unless ``facts`` say otherwise."""
    ended = facts.pop("ends", timezone.localdate() - timedelta(days=30))
    said = {
        "code": owner.portal_code,
        "given": owner.given_name,
        "family": owner.family_name,
        "starts": ended - timedelta(days=20),
        "ends": ended,
        "hours": 80,
    }
    return tuple((said | facts).values())


def confirmed_roster(provider, *rows, by, language="en"):
    """What came of each of these rows, once ``by`` of the training desk has confirmed them."""
    read = rosters.read(roster(*rows))
    return dict(training.take_roster(read.lines, provider=provider, language=language, mark=read.mark, by=by))


def workbook(sheet, *, strings="", state="visible", properties="", before=None):
    """An XLSX with one sheet of these rows in XML, and perhaps another ``before`` it: its state and its rows."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheets = [*([before] if before else []), (state, sheet)]
    parts = {
        f"xl/worksheets/sheet{number}.xml": f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>"
        for number, (_state, rows) in enumerate(sheets, 1)
    }
    names = "".join(
        f'<sheet name="S{number}" sheetId="{number}" state="{state}" r:id="rId{number}"/>'
        for number, (state, _rows) in enumerate(sheets, 1)
    )
    parts["xl/workbook.xml"] = f'<workbook {main} xmlns:r="{office}">{properties}<sheets>{names}</sheets></workbook>'
    targets = "".join(
        f'<Relationship Id="rId{number}" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    parts["xl/_rels/workbook.xml.rels"] = f"<Relationships>{targets}</Relationships>"
    if strings:
        parts["xl/sharedStrings.xml"] = f"<sst {main}>{strings}</sst>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


# --- the exam ------------------------------------------------------------------------------------------------------
def ready_for_exam(owner):
    """An approved application with accepted training, and the question about changes answered with no."""
    application = approved_application(owner)
    accepted_training(owner)
    exams.answer_change_question(application, needed=False, by=owner.user)
    return application


def authorized_attempt(application, days_ago=10):
    """An attempt that was paid for and authorized some days ago."""
    pay(exams.open_checkout(application, by=application.person.user))
    attempt = application.attempts.get(status="authorized")
    return record(attempt, by=None, why="test", authorized_at=timezone.localtime() - timedelta(days=days_ago))


def result_file(*rows):
    """A file as the vendor sends it; a row is ``(candidate number, result, day)`` and may name areas."""
    lines = ["CandidateID,Result,ExamDate,Areas", *(",".join(map(str, [*row, ""][:4])) for row in rows)]
    return "\n".join(lines).encode()


def rename(user, email):
    """Give ``user`` the address ``email``."""
    EmailAddress.objects.filter(user=user).update(email=email)
    return record(user, by=user, why="new address", email=email)


def count_from(number):
    """Give out only numbers beyond ``number``, which rows of a run before this one have."""
    global _count
    _count = itertools.count(number + 1)


def next_number():
    """A number that no other row of this test has."""
    return next(_count)
