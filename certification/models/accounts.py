import uuid

from django.contrib.auth.models import AbstractUser, Permission, UserManager
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history import register

from ..sealed import SealedTextField
from ..signing import History, signed_writes


class EmailUserManager(UserManager):
    """People are known by their e-mail address, kept in small letters; there are no user names."""

    def _create_user(self, email, password=None, **fields):
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email, password=None, **fields):
        return self._create_user(email, password, **fields)

    def create_superuser(self, email, password=None, **fields):
        return self._create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email=email.lower())


class User(AbstractUser):
    """A sign-in. What we know of the person stands in ``Person``."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    language = models.CharField(max_length=8, default="en")

    objects = EmailUserManager()  # type: ignore[misc]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("user")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_address")]

    def __str__(self):
        return self.email

    @cached_property
    def rights(self):
        """The permissions of this user's roles, as ``app.codename``."""
        return list(rights_of_roles(group__user=self))

    @cached_property
    def sign_ins(self):
        """The numbers of this sign-in and of those that were closed in favor of it: what was written to them is its own."""
        return [self.pk, *User.objects.filter(person__merged_into__user=self).values_list("pk", flat=True)]


def rights_of_roles(**which):
    """Permissions as ``app.codename``; ``which`` narrows them."""
    named = Concat("content_type__app_label", Value("."), "codename")
    return Permission.objects.filter(**which).order_by().values_list(named, flat=True)


register(
    User,
    app="certification",
    records_class=History,
    excluded_fields=["password", "last_login"],
)


class TwoPeople(models.Model):
    """Something one person proposes and another decides; the database refuses the same one twice."""

    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    agreed = models.BooleanField(_("agreed"), null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_two_people",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
            )
        ]


class RoleChange(TwoPeople):
    """A staff role given to or taken from a user, once a second person agrees."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_changes", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=40)
    grant = models.BooleanField(_("give the role"), default=True)
    reason = models.TextField(_("reason"))

    history = History()

    class Meta(TwoPeople.Meta):
        verbose_name = _("change of role")
        verbose_name_plural = _("changes of role")
        triggers = signed_writes()
        permissions = [
            ("propose_rolechange", "Can propose changes of role"),
            ("decide_rolechange", "Can decide changes of role"),
        ]

    def __str__(self):
        return f"{self.role}: {self.user}"


class Recovery(TwoPeople):
    """A person who lost their mailbox is given a new address, after two of staff have checked who they are."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="recoveries", verbose_name=_("user"))
    new_email = models.EmailField(_("new e-mail address"))
    identity_check = SealedTextField(_("how identity was checked"))
    reset_second_factor = models.BooleanField(_("passkeys and second step were lost too"), default=False)

    history = History()

    class Meta(TwoPeople.Meta):
        verbose_name = _("account recovery")
        verbose_name_plural = _("account recoveries")
        triggers = signed_writes()
        permissions = [
            ("propose_recovery", "Can propose account recoveries"),
            ("decide_recovery", "Can decide account recoveries"),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class SavedFilter(models.Model):
    """A list of the desk, narrowed and ordered as one member of staff wants to find it again. What was searched for is not kept: it may name somebody."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_filters", verbose_name=_("of"))
    of_list = models.CharField(_("list"), max_length=80)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("narrowed by"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("saved filter")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "of_list", "name"], name="one_saved_filter_per_name")]

    def __str__(self):
        return self.name
