"""Appointing deputies while somebody is away (代理), and ending it: who may, and for whom (decision 0017)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.history import save_as
from accounts.models import Delegation, RoleAssignment, User
from accounts.models.delegations import Delegations
from accounts.roles import DELEGATED, NOT_DELEGATED, Role
from waterservice.text import clean_line

# Sent with `delegation` and `by` inside the transaction, after a deputy was appointed or their time ended.
deputy_named, deputy_ended = Signal(), Signal()


# -- who may ---------------------------------------------------------------------------------------


def manages(person: User, giver: User, role: Role) -> bool:
    """Whether somebody may see to a colleague's deputy: that role's manager in their own right, or the administrator.

    A manager whose role is at home in offices of the same kind manages those of their own office.
    """
    if Role.ADMINISTRATOR in person.own_roles:
        return True
    manager = role.manager
    if manager is None or manager not in person.own_roles:
        return False
    own = person.office_in(manager)
    return own is None or manager.office_kind != role.office_kind or own.pk == giver.office_id


def may_see_to(delegation: Delegation, person: User) -> bool:
    """Whether somebody may end a delegation: the giver, the role's manager, the administrator."""
    return delegation.giver_id == person.pk or manages(person, delegation.giver, Role(delegation.role))


def delegable(person: User) -> list[RoleAssignment]:
    """The roles for which somebody may appoint a deputy: their own first, then those of colleagues they manage."""
    rows = RoleAssignment.objects.filter(role__in=DELEGATED, user__is_active=True).select_related("user__office")
    if Role.ADMINISTRATOR not in person.own_roles:
        managed = [role for role in DELEGATED if role.manager in person.own_roles]
        rows = rows.filter(Q(user=person) | Q(role__in=managed))
    found = [row for row in rows if row.user_id == person.pk or manages(person, row.user, Role(row.role))]
    return sorted(found, key=lambda row: (row.user_id != person.pk, list(Role).index(Role(row.role)), row.user.name))


def possible_deputies() -> QuerySet[User]:
    """The active staff that could stand in for a colleague; whoever administers or audits stands in for nobody."""
    apart = RoleAssignment.objects.filter(role__in=NOT_DELEGATED).values("user")
    return User.objects.filter(is_active=True).exclude(pk__in=apart).select_related("office")


def delegations_for(person: User) -> Delegations:
    """What somebody sees of deputies: their own, those whom they stand in for, those they manage; or all of them."""
    rows = Delegation.objects.with_people()
    if not person.own_roles.isdisjoint(NOT_DELEGATED):
        return rows
    found = Q(giver=person) | Q(deputy=person)
    for role in DELEGATED:
        if role.manager in person.own_roles:
            same_office = role.manager is not None and role.manager.office_kind == role.office_kind
            own = person.office_in(role.manager) if same_office and role.manager is not None else None
            found |= Q(role=role) & (Q(giver__office=own) if own is not None else Q())
    return rows.filter(found)


def deputy_of(person: User, role: Role | None) -> Delegation | None:
    """Who stands in for somebody in a role of their own, now or next; None without one."""
    rows = Delegation.objects.not_over().filter(giver=person, role=role or "").select_related("deputy")
    return rows.order_by("first_day").first()


# -- appointing and ending -------------------------------------------------------------------------


@transaction.atomic
def delegate(
    *, giver: User, deputy: User, role: Role, first_day: date, last_day: date, reason: str, by: User
) -> Delegation:
    """Let `deputy` stand in for `giver` in a role from the first to the last day, both included.

    The giver appoints for themselves; the role's manager for whoever is away already, from today on; the
    administrator for anybody. Two who appoint at the same moment come one after the other: the giver's role is locked.
    Raises PermissionDenied for anybody else, and ValidationError for a role that is not the giver's own or can't be
    delegated, a deputy who has left, administers, audits, or holds the role in the same office, days that are past or
    in the wrong order, and days on which the giver has a deputy in this role already.
    """
    if role in NOT_DELEGATED:
        raise ValidationError(
            {"role": _("%(role)s can't be delegated: those who administer or audit stay apart.") % {"role": role.label}}
        )
    held = RoleAssignment.objects.select_for_update().filter(user=giver, role=role, user__is_active=True).first()
    if giver.pk != by.pk and not manages(by, giver, role):
        raise PermissionDenied(_("Only they themselves, their manager and the administrator appoint a deputy."))
    if held is None:
        raise ValidationError(
            {
                "role": _("%(name)s does not hold the role %(role)s themselves; only one's own role can be delegated.")
                % {"name": giver, "role": role.label}
            }
        )
    _refuse_deputy(giver, deputy, role)
    _refuse_days(giver, role, first_day, last_day, by)
    row = Delegation(
        giver=giver,
        deputy=deputy,
        role=role,
        first_day=first_day,
        last_day=last_day,
        reason=clean_line(reason),
        made_by=by,
    )
    made = save_as(row, by=by)
    deputy_named.send(Delegation, delegation=made, by=by)
    return made


def _refuse_deputy(giver: User, deputy: User, role: Role) -> None:
    if deputy.pk == giver.pk:
        raise ValidationError({"deputy": _("Nobody is their own deputy. Choose a colleague.")})
    if not User.objects.filter(pk=deputy.pk, is_active=True).exists():
        raise ValidationError(
            {"deputy": _("%(name)s does not work here any more. Choose somebody else.") % {"name": deputy}}
        )
    own = RoleAssignment.objects.filter(user=deputy)
    if own.filter(role__in=NOT_DELEGATED).exists():
        raise ValidationError(
            {"deputy": _("%(name)s administers or audits and stands in for nobody.") % {"name": deputy}}
        )
    if own.filter(role=role).exists() and deputy.office_in(role) in (None, giver.office_in(role)):
        raise ValidationError(
            {"deputy": _("%(name)s has this role at the same desk already and needs no delegation.") % {"name": deputy}}
        )


def _refuse_days(giver: User, role: Role, first_day: date, last_day: date, by: User) -> None:
    today = timezone.localdate()
    if last_day < first_day:
        raise ValidationError({"last_day": _("The last day lies before the first.")})
    if first_day < today:
        raise ValidationError({"first_day": _("A deputy begins today at the earliest: what is past was done without.")})
    if giver.pk != by.pk and Role.ADMINISTRATOR not in by.own_roles and first_day != today:
        raise ValidationError(
            {
                "first_day": _(
                    "A manager appoints a deputy for somebody who is away already, from today on. "
                    "For days to come they do so themselves, or the administrator."
                )
            }
        )
    rows = Delegation.objects.filter(giver=giver, role=role, ended_at__isnull=True)
    other = rows.filter(first_day__lte=last_day, last_day__gte=first_day).select_related("deputy").first()
    if other is not None:
        raise ValidationError(
            _(
                "%(deputy)s stands in for %(giver)s from %(first)s to %(last)s already. "
                "End that first, or choose other days."
            )
            % {"deputy": other.deputy, "giver": giver, "first": other.first_day, "last": other.last_day}
        )


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: User) -> Delegation:
    """End a delegation now, or call off one that has not begun.

    Raises PermissionDenied unless the giver, the role's manager or the administrator asks, and ValidationError for
    one that is over already.
    """
    locked = Delegation.objects.select_for_update(of=("self",)).with_people().get(pk=delegation.pk)
    if not may_see_to(locked, by):
        raise PermissionDenied(_("Only they themselves, their manager and the administrator end it."))
    if locked.over:
        raise ValidationError(_("This is over already; nothing has to be ended."))
    locked.ended_at, locked.ended_by = timezone.now(), by
    ended = save_as(locked, by=by)
    deputy_ended.send(Delegation, delegation=ended, by=by)
    return ended


def told(delegation: Delegation, by: User) -> Iterator[User]:
    """Whom it concerns that a deputy is appointed or ended: giver and deputy, but not whoever did it."""
    return (person for person in (delegation.giver, delegation.deputy) if person.pk != by.pk)
