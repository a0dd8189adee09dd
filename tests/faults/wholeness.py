"""What holds over all rows, whatever died while they were written: no case is half there."""

from django.apps import apps
from django.core.files.storage import default_storage
from simple_history.utils import get_history_manager_for_model

from applications.models import Application
from applications.rules import REQUIREMENTS
from certification.audit import first_break
from certification.models import AuditEvent, Certification, Charge, Document, Notice
from certification.sealed import SealedField
from exams.models import Attempt


def half_written():
    """What is wrong and with which rows, as ``{"submitted without its letter": [7]}``; empty when all is whole."""
    found = {wrong.__name__.replace("_", " "): sorted(wrong()) for wrong in WRONGS}
    return {name: rows for name, rows in found.items() if rows}


def submitted_without_its_checklist():
    for application in Application.objects.exclude(submitted_at=None):
        if {row.kind for row in application.requirements.all()} != set(REQUIREMENTS):
            yield application.pk


def not_submitted_and_with_a_checklist():
    return (
        Application.objects.filter(submitted_at=None, requirements__isnull=False)
        .distinct()
        .values_list("pk", flat=True)
    )


def submitted_without_its_letter():
    for application in Application.objects.exclude(submitted_at=None):
        if not Notice.objects.filter(key=f"application-submitted:{application.pk}").exists():
            yield application.pk


def submitted_without_its_fee():
    paid = Charge.objects.filter(purpose="application").exclude(paid_at=None).values("subject_id")
    return Application.objects.exclude(submitted_at=None).exclude(pk__in=paid).values_list("pk", flat=True)


def submitted_and_still_a_draft():
    return (
        Application.objects.filter(status="submitted", draft_pages__isnull=False)
        .distinct()
        .values_list("pk", flat=True)
    )


def paid_for_nothing():
    """The fee came in, and neither is the case where it leads nor is the money to go back."""
    paid = Charge.objects.filter(refund_due_at=None).exclude(paid_at=None)
    unfiled = Application.objects.filter(submitted_at=None).values("pk")
    waiting = Attempt.objects.filter(status="requested").values("pk")
    for purpose, stuck in (("application", unfiled), ("exam", waiting)):
        yield from paid.filter(purpose=purpose, subject_id__in=stuck).values_list("pk", flat=True)


def certified_without_term_or_name_or_letter():
    for certification in Certification.objects.filter(person__applications__status="completed"):
        letter = Notice.objects.filter(key=f"certificate-issued:{certification.pk}")
        if not (certification.terms.exists() and certification.person.search_names.exists() and letter.exists()):
            yield certification.pk


def without_history():
    for model, history in _kept_in_history():
        known = history.values(model._meta.pk.attname)
        yield from (
            f"{model.__name__} {pk}" for pk in model._base_manager.exclude(pk__in=known).values_list("pk", flat=True)
        )


def other_than_its_history_says():
    for model, history in _kept_in_history():
        plain = [field.attname for field in history.model.tracked_fields if not isinstance(field, SealedField)]
        said = {row[0]: row for row in history.order_by("history_id").values_list(model._meta.pk.attname, *plain)}
        for row in model._base_manager.values_list("pk", *plain):
            if row != said.get(row[0], row):
                yield f"{model.__name__} {row[0]}"


def _kept_in_history():
    for model in apps.get_models():
        if hasattr(model._meta, "simple_history_manager_attribute"):
            yield model, get_history_manager_for_model(model)


def kept_without_its_file():
    for document in Document.objects.filter(deleted_at=None):
        if not default_storage.exists(document.storage_name):
            yield document.pk


def handed_over_without_words():
    return Notice.objects.filter(helps_until=None, body=None).exclude(handed_over_at=None).values_list("pk", flat=True)


def not_in_the_chain_of_the_audit():
    if position := first_break():
        yield position
    yield from AuditEvent.objects.filter(position=None).values_list("pk", flat=True)


WRONGS = (
    submitted_without_its_checklist,
    not_submitted_and_with_a_checklist,
    submitted_without_its_letter,
    submitted_without_its_fee,
    submitted_and_still_a_draft,
    paid_for_nothing,
    certified_without_term_or_name_or_letter,
    without_history,
    other_than_its_history_says,
    kept_without_its_file,
    handed_over_without_words,
    not_in_the_chain_of_the_audit,
)  # fmt: skip
