"""The utility's own people: offices, who works there, and what each is entrusted with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.roles import OfficeKind, Role


def check_districts(value: Any) -> None:
    """Validator: a list of names of districts."""
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise ValidationError(_("Give the districts as a list of names."))


class Office(models.Model):
    """A desk or house of the utility, or a construction unit that works for it."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=30, choices=OfficeKind.choices)
    districts = models.JSONField(
        _("districts"),
        default=list,
        blank=True,
        validators=[check_districts],
        help_text=_("Cases of these districts land here; an empty list: of any district."),
    )

    history = History(verbose_name=_("history of office"), verbose_name_plural=_("history of offices"))

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OfficeKind.values), name="office_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates people with a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """A member of staff without roles; without a password nobody can sign in as them.

        Raises ValidationError for a name that is taken or can't be used.
        """
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        """An administrator, for `manage.py createsuperuser`."""
        with transaction.atomic(using=self._db):
            user = self.create_user(username, password, **fields)
            RoleAssignment.objects.using(self._db).create(user=user, role=Role.ADMINISTRATOR)
        return user


class User(AbstractBaseUser):
    """A member of staff who signs in.

    Rights come from roles alone. Django's groups, permissions and superuser would be a second truth beside
    them, so they are left out; its admin asks `has_perm`, which says yes to administrators only.
    """

    username = models.CharField(
        _("sign-in name"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This sign-in name is taken.")},
    )
    name = models.CharField(_("name"), max_length=60)
    office = models.ForeignKey(
        Office, models.PROTECT, related_name="staff", null=True, blank=True, verbose_name=_("office")
    )
    telephone = models.CharField(_("telephone"), max_length=20, blank=True)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Somebody who has left is switched off, never deleted: their name stands in the history."),
    )
    date_joined = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = UserManager()
    history = History(
        excluded_fields=["password", "last_login"],
        verbose_name=_("history of member of staff"),
        verbose_name_plural=_("history of staff"),
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        """How Django's admin greets."""
        return str(self)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Every role held, read once for this instance."""
        return frozenset(Role(assignment.role) for assignment in self.role_assignments.all())

    def has_role(self, *roles: Role) -> bool:
        """Whether one of these roles is held."""
        return not self.roles.isdisjoint(roles)

    def office_as(self, role: Role) -> Office | None:
        """The office in which somebody holds a role; None for a role held beside their own office's."""
        return self.office if self.office is not None and self.office.kind == role.office_kind else None

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Any] | None = None,
    ) -> None:
        self.__dict__.pop("roles", None)
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)

    @property
    def is_staff(self) -> bool:
        """What Django's admin asks before it opens."""
        return self.is_active and self.has_role(Role.ADMINISTRATOR)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class RoleAssignment(models.Model):
    """That somebody holds a role."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments", verbose_name=_("member of staff"))
    role = models.CharField(_("role"), max_length=40, choices=Role.choices)

    history = History(
        verbose_name=_("history of role assignment"), verbose_name_plural=_("history of role assignments")
    )

    class Meta:
        verbose_name = _("role assignment")
        verbose_name_plural = _("role assignments")
        ordering = ["user", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"],
                name="role_assignment_once",
                violation_error_message=_("This role is assigned already."),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_assignment_role_known"),
        ]

    def __str__(self) -> str:
        return str(Role(self.role).label)
