"""What of an application is the person's to take: all they wrote, and what was decided as far as they were told."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certification.dossier import Part, Said

from .models import AccountAnswer, Application, Denial, Extension, Message, Requirement, UploadLink
from .queries import written_rows
from .rules import REQUIREMENTS, answers_now, page_named

_DENIED = Q(application__status=Application.Status.DENIED)
# A mark on the checklist is told with the letter that follows it: the request for more, or the decision. A denial tells of no more than it rests on.
_TOLD = Q(decided_at__lte=F("application__asked_notice__created_at")) | (
    Q(decided_at__lte=F("application__decided_at")) & ~(_DENIED & Q(status=Requirement.Status.MORE_ASKED))
)


def _answers(application):
    """What was written, page by page, also on pages not sent yet."""
    return {
        str(page.title): {str(label): value for label, value, _paper in lines}
        for page, lines in written_rows(answers_now(application))
        if lines
    }


PARTS = (
    Part(
        _("Your applications"),
        Application,
        "person__user",
        (
            "pathway",
            "status",
            "begun_at",
            "filed_on",
            "submitted_at",
            "decided_at",
            "passed_at",
            "ended_at",
            "extra_days",
            "paused_days",
            "kept_at",
            "reply_from",
            Said(_("Your answers"), _answers),
        ),
    ),
    Part(
        _("What we decided about each point"),
        Requirement,
        "application__person__user",
        (
            "application",
            Said(_("Point"), lambda row: REQUIREMENTS[row.kind].label),
            "status",
            "reason",
            "note",
            "late",
            "decided_at",
        ),
        told=_TOLD,
        related=("application", "reason"),
    ),
    Part(
        _("Days we gave back"),
        Extension,
        "application__person__user",
        ("application", "days", "reason", "added_at"),
        related=("application",),
    ),
    Part(
        _("Denials"),
        Denial,
        "application__person__user",
        ("application", "grounds", "decided_at"),
        told=Q(agreed=True),
        related=("application",),
    ),
    Part(
        _("Documents you asked others to send"),
        UploadLink,
        "application__person__user",
        (
            "application",
            Said(_("Document"), lambda row: page_named(row.page).title),
            "address",
            "language",
            "made_at",
            "ends_on",
            "ended_at",
        ),
        related=("application",),
    ),
    Part(
        _("Messages between you and us"),
        Message,
        "person__user",
        ("kind", "body", "written_at", "answer_by", "read_at"),
        told=~Q(kind=Message.Kind.NO_ANSWER),
    ),
    Part(
        _("What you said about another account"),
        AccountAnswer,
        "person__user",
        ("has_another", "said_at"),
    ),
)
