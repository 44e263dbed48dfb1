"""The utility's own people: offices, who works there, and what each is entrusted with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
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


@dataclass(frozen=True)
class Seat:
    """A role in which somebody may act today: their own, or that of a giver for whom they stand in `until` a day.

    `office` is the one in which it counts, the giver's where there is one; None: it counts in every office.
    """

    role: Role
    office: Office | None = None
    giver: User | None = None
    until: date | None = None


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

    # For whom this person signs at the moment: set by whoever admits them (the middleware, the doors).
    signs_for: User | None = None

    @cached_property
    def seats(self) -> tuple[Seat, ...]:
        """Every seat of today, own ones first, read once for this instance (decision 0017)."""
        from accounts.models.delegations import seats_of  # which rests on this class

        return seats_of(self)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Every role in which somebody may act: their own, and those in which they stand in for a colleague."""
        return frozenset(seat.role for seat in self.seats)

    @property
    def own_roles(self) -> frozenset[Role]:
        """The roles that somebody was assigned themselves."""
        return frozenset(seat.role for seat in self.seats if seat.giver is None)

    def has_role(self, *roles: Role) -> bool:
        """Whether somebody may act in one of these roles."""
        return not self.roles.isdisjoint(roles)

    def seats_as(self, *roles: Role) -> list[Seat]:
        """The seats in one of these roles, own ones first."""
        return [seat for seat in self.seats if seat.role in roles]

    @property
    def standing_in(self) -> list[Seat]:
        """The seats of colleagues for whom somebody stands in."""
        return [seat for seat in self.seats if seat.giver is not None]

    @property
    def hands(self) -> frozenset[int]:
        """Four eyes: the keys of somebody and of everybody they stand in for, in whatever role."""
        return frozenset({self.pk, *(seat.giver.pk for seat in self.seats if seat.giver is not None)})

    def principals_as(self, role: Role) -> frozenset[int]:
        """In whose name somebody has cases in hand in a role: the keys of themselves and of their givers."""
        return frozenset({self.pk, *(seat.giver.pk for seat in self.seats_as(role) if seat.giver is not None)})

    @property
    def principal(self) -> User:
        """In whose name this person acts at the moment: their own, or that of whom they sign for."""
        return self.signs_for or self

    @contextmanager
    def signing_for(self, giver: User | None) -> Iterator[None]:
        """Within it, what is written names `giver` as the one for whom this person acts; None: themselves."""
        before, self.signs_for = self.signs_for, giver
        try:
            yield
        finally:
            self.signs_for = before

    def giver_as(self, *roles: Role) -> User | None:
        """For whom somebody signs who acts in one of these roles: nobody while they hold one themselves."""
        seats = self.seats_as(*roles)
        return seats[0].giver if seats else None

    def office_in(self, role: Role) -> Office | None:
        """Somebody's own office, where a role counts in offices of its kind; None beside it."""
        return self.office if self.office is not None and self.office.kind == role.office_kind else None

    def offices_as(self, role: Role) -> list[Office] | None:
        """The offices in which somebody may act in a role; None where one seat of theirs counts in every office."""
        offices = [seat.office for seat in self.seats_as(role)]
        return None if None in offices or not offices else [office for office in offices if office is not None]

    @property
    def works_in(self) -> frozenset[int]:
        """The keys of somebody's own office and of those of the colleagues for whom they stand in."""
        offices = {self.office_id, *(seat.giver.office_id for seat in self.standing_in if seat.giver is not None)}
        return frozenset(key for key in offices if key is not None)

    def forget_seats(self) -> None:
        """Let the next question read anew who may do what: a delegation ends at any moment."""
        self.__dict__.pop("seats", None)
        self.__dict__.pop("roles", None)

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Any] | None = None,
    ) -> None:
        self.forget_seats()
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)

    @property
    def is_staff(self) -> bool:
        """What Django's admin asks before it opens."""
        return self.is_active and Role.ADMINISTRATOR in self.own_roles

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
