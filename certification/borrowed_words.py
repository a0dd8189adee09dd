"""What django-simple-history says in its pages. It speaks no Spanish, so its words are collected here for our own catalogue."""

from django.utils.translation import gettext_noop as _

SIMPLE_HISTORY = (
    _("Change History"),
    _("Change history: %s"),
    _("Changed"),
    _("Choose a date from the list below to revert to a previous version of this object."),
    _("Created"),
    _("Deleted"),
    _("Deleted %(type_name)s"),
    _("Press the 'Change History' button below to edit the history."),
    _("Press the 'Revert' button below to revert to this version of the object."),
    _("Revert"),
    _("Revert %(verbose_name)s"),
    _("Revert %s"),
    _('The %(name)s "%(obj)s" was changed successfully.'),
    _("This object doesn't have a change history."),
    _("View %(verbose_name)s"),
    _("View %s"),
    _("View history: %s"),
    _("You may edit it again below"),
)
