"""Questions about one appeal, or a notice that may be appealed."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from certification.adverse import APPEALABLE
from certification.models import Document
from certification.notices import count_from
from certification.queries import today
from certification.standards import add_business_days, standards_on


def is_appealable(notice):
    """Whether the notice tells of an act that can be looked at again."""
    return notice.name in APPEALABLE and not notice.sign_in


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
