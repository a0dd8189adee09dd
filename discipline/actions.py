"""What changes here: an appeal is filed, and papers that nobody needs any more are erased."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from certification import documents
from certification.notices import notify
from certification.queries import today
from certification.standards import standards_on
from certification.steps import NotReady, lock, record

from .models import Appeal
from .queries import papers_to_weigh
from .rules import filing_problems, may_be_erased, promised_by


@transaction.atomic
def file_appeal(notice, *, by, text, late_reason="", document=None):
    """Take an appeal against what ``notice`` told its recipient, stamp it, and say that it came in.

    One for each notice: sent twice, the first stands and is answered. Raises ``NotReady`` for a letter that cannot be appealed, or a late one
    without a reason.
    """
    if notice.recipient_id not in by.sign_ins:
        raise PermissionDenied("discipline.file_appeal")
    lock(by.person)
    if filed := Appeal.objects.filter(notice=notice).first():
        return filed
    if problems := filing_problems(notice, late_reason):
        raise NotReady(problems)
    appeal = Appeal(
        person=by.person,
        notice=notice,
        text=text,
        late_reason=late_reason,
        document=document,
        filed_at=timezone.now(),
    )
    record(appeal, by=by, why="file appeal")
    notify(by, "appeal-filed", _receipt(appeal), key=f"appeal-filed:{appeal.pk}")
    return appeal


def _receipt(appeal):
    told = {"about": appeal.notice.subject or "", "filed_on": timezone.localdate(appeal.filed_at).isoformat()}
    if day := promised_by(appeal):
        told["decide_by_on"] = day.isoformat()
    return told


def erase_papers():
    """Erase what nobody needs any more; returns how many. Asks what is due and not done, so it may run late or twice."""
    standards = standards_on(today())
    return sum(_erase(paper, standards) for paper in papers_to_weigh().iterator(chunk_size=500))


def _erase(paper, standards):
    """Erase ``paper`` if it may be; asked again once nobody can appeal, or hold the records, beside it."""
    if not may_be_erased(paper, standards):
        return False
    with transaction.atomic():
        lock(paper.owner)
        erasable = papers_to_weigh().filter(pk=paper.pk).exists() and may_be_erased(paper, standards)
        if erasable:
            documents.erase(paper, by=None, reason="no longer needed")
    return erasable
