"""The chained log of who did, was refused, or read what."""

from django.db import connection

from .models import AuditEvent


def audit(actor, action, subject=None, **detail):
    """Write one event. ``detail`` holds numbers and codes, never personal data; if it cannot be written, the act it reports fails with it."""
    label = f"{subject._meta.concrete_model._meta.label_lower}:{subject.pk}" if subject is not None else ""
    return AuditEvent.objects.create(actor_id=getattr(actor, "pk", None), action=action, subject=label, detail=detail)


def first_break():
    """The position of the first event whose chain does not hold, or None when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_BREAK)
        found = cursor.fetchone()
    return found[0] if found else None


def head():
    """The last position and its hash: what is anchored outside each day."""
    return AuditEvent.objects.exclude(position=None).order_by("-position").values_list("position", "chained").first()


_FIRST_BREAK = """
SELECT position FROM (
    SELECT position, row_number() OVER chain AS expected, chained, encode(sha256(convert_to(concat_ws('|',
        COALESCE(lag(chained) OVER chain, ''), id, extract(epoch FROM at), actor_id, action, subject, detail), 'UTF8')), 'hex') AS computed
    FROM certification_auditevent WHERE position IS NOT NULL WINDOW chain AS (ORDER BY position)
) events WHERE position <> expected OR chained <> computed ORDER BY position LIMIT 1
"""
