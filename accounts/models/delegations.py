"""Deputies (代理): who stands in for whom, in which role and on which days, and the seats that follow from it."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.history import History
from accounts.models.staff import RoleAssignment, Seat, User
from accounts.roles import NOT_DELEGATED, Role
from waterservice.text import on_behalf


class Delegations(QuerySet["Delegation"]):
    """Delegations by their days."""

    def running(self, on: date | None = None) -> Delegations:
        """Those that hold on a day (today, if left out); one that was ended early holds no more."""
        day = on or timezone.localdate()
        return self.filter(first_day__lte=day, last_day__gte=day, ended_at__isnull=True)

    def not_over(self) -> Delegations:
        """Those that run, and those to come."""
        return self.filter(last_day__gte=timezone.localdate(), ended_at__isnull=True)

    def with_people(self) -> Delegations:
        """With the names and offices that a list shows."""
        return self.select_related("giver__office", "deputy__office", "made_by", "ended_by")


class Delegation(models.Model):
    """That somebody stands in for a colleague in one role, from the first to the last day, both included.

    The rights follow from the giver's own RoleAssignment: they end with it, and when the giver leaves.
    Days are calendar days of the hall. Rows are never deleted: the names of what was done rest on them.
    """

    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_given", verbose_name=_("who is away")
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_held", verbose_name=_("deputy")
    )
    role = models.CharField(_("role"), max_length=40, choices=Role.choices)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("appointed by")
    )
    made_at = models.DateTimeField(_("appointed"), default=timezone.now)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("ended by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = Delegations.as_manager()
    history = History(verbose_name=_("history of deputies"), verbose_name_plural=_("history of deputies"))

    class Meta:
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        ordering = ["-first_day", "-id"]
        indexes = [
            models.Index(
                fields=["deputy", "last_day"], condition=Q(ended_at__isnull=True), name="delegation_of_deputy"
            ),
            models.Index(fields=["giver", "role", "last_day"], name="delegation_of_giver"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(giver=F("deputy")),
                name="delegation_to_somebody_else",
                violation_error_message=_("Nobody is their own deputy. Choose a colleague."),
            ),
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="delegation_ends_after_its_start",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role if role not in NOT_DELEGATED]),
                name="delegation_role_can_be_delegated",
                violation_error_message=_("This role can't be delegated."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="delegation_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return on_behalf(self.deputy, self.giver)

    @property
    def over(self) -> bool:
        """Whether it gives no rights any more, nor will."""
        return self.ended_at is not None or self.last_day < timezone.localdate()

    @property
    def running(self) -> bool:
        """Whether it holds today."""
        return not self.over and self.first_day <= timezone.localdate()

    @property
    def state(self) -> str:
        """In a word: running, coming, called off, ended early or over."""
        if self.ended_at is not None:
            begun = timezone.localdate(self.ended_at) >= self.first_day
            return pgettext("deputy", "ended early") if begun else pgettext("deputy", "called off")
        if self.over:
            return pgettext("deputy", "over")
        return pgettext("deputy", "running") if self.running else pgettext("deputy", "coming")


def seats_of(person: User) -> tuple[Seat, ...]:
    """The seats somebody may sit in today, their own before those of colleagues whom they stand in for: one query.

    Only what the giver holds as their own is read, so that nothing delegated is passed on.
    """
    running = Delegation.objects.running().filter(deputy=person, giver=OuterRef("user"), role=OuterRef("role"))
    held = (
        RoleAssignment.objects.filter(Q(user=person) | Q(Exists(running), user__is_active=True))
        .annotate(until=Subquery(running.order_by("pk").values("last_day")[:1]))
        .select_related("user__office")
        .order_by("pk")
    )
    seats = [
        Seat(
            role=Role(row.role),
            office=row.user.office_in(Role(row.role)),
            giver=None if row.user_id == person.pk else row.user,
            until=row.until,
        )
        for row in held
    ]
    return tuple(sorted(seats, key=lambda seat: (seat.giver is not None, list(Role).index(seat.role))))
