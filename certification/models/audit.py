import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..signing import never_removed


class AuditEvent(models.Model):
    """Who did, was refused, or read what. Holds numbers only, never what was read; each row is chained to the one before at commit."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor_id = models.BigIntegerField(_("number of the actor"), null=True)
    action = models.CharField(_("what"), max_length=60)
    subject = models.CharField(_("of what"), max_length=60, blank=True)
    detail = models.JSONField(_("detail"), default=dict)
    position = models.BigIntegerField(_("position in the chain"), null=True, unique=True, editable=False)
    chained = models.CharField(_("hash"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("audit event")
        indexes = [models.Index(fields=["subject", "id"], name="audit_of_one_subject")]
        triggers = [
            *never_removed(),
            pgtrigger.Trigger(
                name="only_the_chain_writes",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF TG_OP = 'INSERT' THEN
                        NEW.position = NULL;
                        NEW.chained = '';
                        NEW.at = clock_timestamp();
                    ELSIF OLD.position IS NOT NULL OR pg_trigger_depth() < 2 THEN
                        RAISE EXCEPTION 'an audit event is never changed' USING ERRCODE = 'insufficient_privilege';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # Deferred, so the lock on the chain is held only while the transaction commits.
            pgtrigger.Trigger(
                name="chain_at_commit",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("last", "record")],
                func="""
                    PERFORM pg_advisory_xact_lock(hashtext('portal.audit'));
                    SELECT position, chained INTO last FROM certification_auditevent
                        WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1;
                    UPDATE certification_auditevent SET
                        position = COALESCE(last.position, 0) + 1,
                        chained = encode(sha256(convert_to(concat_ws('|', COALESCE(last.chained, ''), id, extract(epoch FROM at), actor_id, action, subject, detail), 'UTF8')), 'hex')
                        WHERE id = NEW.id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.action} {self.subject}"
