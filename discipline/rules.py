"""Questions about one appeal, a notice that may be appealed, or a paper that a decision rests on."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Requirement
from applications.rules import REQUIREMENTS
from certification.adverse import APPEALABLE
from certification.models import Document, NameChange, Notice
from certification.notices import count_from
from certification.queries import today
from certification.standards import add_business_days, standards_on
from exams.models import AccommodationRequest

from .models import Appeal


def is_appealable(notice):
    """Whether the notice tells of an act that can be looked at again."""
    return notice.name in APPEALABLE and notice.helps_until is None


def kind_of_paper(notice):
    """Who may open a paper that comes with an appeal depends on its kind."""
    return Document.Kind.ACCOMMODATION if notice.name == "accommodation-refused" else Document.Kind.APPEAL


def last_day(notice):
    """The last day to appeal, as the letter says it; None where the program has set none, or the letter has not arrived."""
    period = notice.context["periods"].get("appeal_by")
    return count_from(notice, **period) if period else None


def is_late(notice):
    """Whether an appeal that comes today comes after its last day. It is taken all the same, with a reason."""
    day = last_day(notice)
    return day is not None and day < today()


def filing_problems(notice, late_reason):
    """What keeps an appeal from being filed, in the person's words."""
    if not is_appealable(notice):
        return [_("This letter is not about a decision that can be appealed.")]
    if is_late(notice) and not late_reason:
        return [_("Tell us why it comes late.")]
    return []


def acknowledge_by(appeal):
    """The last day for the word that the appeal came in (program complaints page), in business days."""
    return clocks_of(timezone.localdate(appeal.filed_at))[0]


def decide_by(appeal):
    """The last day for the decision, unless it is extended (program complaints page)."""
    return clocks_of(timezone.localdate(appeal.filed_at))[1]


def promised_by(appeal):
    """The last day for the decision as it is told to the person: None while the program has not set it."""
    day = timezone.localdate(appeal.filed_at)
    return None if standards_on(day).is_assumed("appeal_decide_days") else decide_by(appeal)


def clocks_of(day):
    """When an appeal filed on ``day`` is to be acknowledged, and when decided."""
    standards = standards_on(day)
    acknowledged = add_business_days(day, standards.complaint_acknowledge_business_days)
    return acknowledged, day + timedelta(days=standards.appeal_decide_days)


# --- papers that nobody needs any more -----------------------------------------------------------------------------
def may_be_erased(document, standards):
    """Whether nobody needs this photo ID, or paper about a new name or a change in the exam, any more.

    That is so the days of ``retention.identity_image_days`` or ``retention.accommodation_paper_days`` after it was accepted. A paper that a refusal rests
    on is needed until the time to appeal has passed with none filed.
    """
    day = GOES_ON[document.kind](document, standards)
    return day is not None and day <= today()


UNDECIDED = set(Application.OPEN) - {Application.Status.APPROVED}


def _photo_id_goes_on(document, standards):
    begun_before = document.owner.applications.filter(begun_at__lte=document.uploaded_at)
    application = begun_before.order_by("begun_at").last()
    if application is None or application.status in UNDECIDED:
        return None
    rows = {row.kind: row for row in application.requirements.all()}
    if application.status == Application.Status.DENIED and any(map(_is_declined_over_the_id, rows.values())):
        return _after_the_time_to_appeal(Notice.objects.filter(key=f"application-denied:{application.pk}"))
    identity = rows.get("identity")
    accepted = identity and identity.status == Requirement.Status.ACCEPTED
    return _days_after(identity.decided_at, standards.retention_identity_image_days) if accepted else None


def _is_declined_over_the_id(requirement):
    read = REQUIREMENTS[requirement.kind].documents
    return requirement.status == Requirement.Status.DECLINED and Document.Kind.IDENTITY in read


def _paper_about_change_goes_on(document, standards):
    request = AccommodationRequest.objects.filter(document=document).first()
    if request is None or request.decided_at is None:
        return None
    if request.status == AccommodationRequest.Status.REFUSED:
        told = Notice.objects.filter(key__startswith=f"accommodation-refused:{request.pk}:")
        return _after_the_time_to_appeal(told)
    return _days_after(request.decided_at, standards.retention_accommodation_paper_days)


def _paper_about_name_goes_on(document, standards):
    change = NameChange.objects.filter(document=document).first()
    if change is None or change.decided_at is None:
        return None
    if change.status == NameChange.Status.DECLINED:
        return _after_the_time_to_appeal(Notice.objects.filter(key=f"name-declined:{change.pk}"))
    return _days_after(change.decided_at, standards.retention_identity_image_days)


GOES_ON = {
    Document.Kind.IDENTITY: _photo_id_goes_on,
    Document.Kind.ACCOMMODATION: _paper_about_change_goes_on,
    Document.Kind.NAME: _paper_about_name_goes_on,
}


def _after_the_time_to_appeal(notices):
    """The day after the last one to appeal what the newest of ``notices`` told; None while none is set, or one was filed."""
    notice = notices.order_by("pk").last()
    if notice is None or Appeal.objects.filter(notice=notice).exists():
        return None
    day = last_day(notice)
    return day and day + timedelta(days=1)


def _days_after(moment, days):
    return timezone.localdate(moment) + timedelta(days=days)
