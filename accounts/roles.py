"""Who takes part in the service hall's procedure, and in which kind of office each of them sits."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OfficeKind(TextChoices):
    """What an office is there for."""

    SERVICE_CENTRE = "service_centre", _("Service centre")
    BUSINESS_OFFICE = "business_office", _("Business office")
    DESIGN_OFFICE = "design_office", _("Design office")
    CONSTRUCTION_UNIT = "construction_unit", _("Construction unit")
    PIPELINE = "pipeline", _("Pipeline management")
    MANAGEMENT = "management", _("Management")
    ADMINISTRATION = "administration", _("Administration")
    AUDIT = "audit", _("Audit")


class Role(TextChoices):
    """What somebody is entrusted with; one person may hold several. The order is that of the procedure."""

    COUNTER_CLERK = "counter_clerk", _("Counter clerk")
    CASHIER = "cashier", _("Cashier")
    DUTY_MANAGER = "duty_manager", _("Duty manager")
    BUSINESS_CLERK = "business_clerk", _("Business office clerk")
    BUSINESS_MANAGER = "business_manager", _("Business office manager")
    DESIGNER = "designer", _("Designer")
    RESPONSIBLE_LEADER = "responsible_leader", _("Responsible leader")
    DEPUTY_GENERAL_MANAGER = "deputy_general_manager", _("Deputy general manager")
    CONSTRUCTION_UNIT = "construction_unit", _("Construction unit")
    PIPELINE_MANAGEMENT = "pipeline_management", _("Pipeline management")
    ADMINISTRATOR = "administrator", _("Administrator")
    AUDITOR = "auditor", _("Auditor")

    @property
    def manager(self) -> Role | None:
        """Who grants an extension to a stage of this role; None where the procedure names nobody."""
        return _MANAGERS.get(self)

    @property
    def decides(self) -> bool:
        """Whether the role decides on what others prepared: it is somebody's manager."""
        return self in _MANAGERS.values()

    @property
    def office_kind(self) -> OfficeKind:
        """The kind of office in which the role is at home."""
        return _OFFICES[self]


# Whoever administers or audits hands this to nobody and stands in for nobody: the two stay apart from the work.
NOT_DELEGATED = (Role.ADMINISTRATOR, Role.AUDITOR)
DELEGATED = tuple(role for role in Role if role not in NOT_DELEGATED)

# Who reads meters, changes them and bills what was read.
BUSINESS_OFFICE = (Role.BUSINESS_CLERK, Role.BUSINESS_MANAGER)

_MANAGERS = {
    Role.COUNTER_CLERK: Role.DUTY_MANAGER,
    Role.CASHIER: Role.DUTY_MANAGER,
    Role.BUSINESS_CLERK: Role.BUSINESS_MANAGER,
    Role.DESIGNER: Role.RESPONSIBLE_LEADER,
    Role.CONSTRUCTION_UNIT: Role.RESPONSIBLE_LEADER,
    Role.DUTY_MANAGER: Role.DEPUTY_GENERAL_MANAGER,
    Role.BUSINESS_MANAGER: Role.DEPUTY_GENERAL_MANAGER,
    Role.RESPONSIBLE_LEADER: Role.DEPUTY_GENERAL_MANAGER,
}

_OFFICES = {
    Role.COUNTER_CLERK: OfficeKind.SERVICE_CENTRE,
    Role.CASHIER: OfficeKind.SERVICE_CENTRE,
    Role.DUTY_MANAGER: OfficeKind.SERVICE_CENTRE,
    Role.BUSINESS_CLERK: OfficeKind.BUSINESS_OFFICE,
    Role.BUSINESS_MANAGER: OfficeKind.BUSINESS_OFFICE,
    Role.DESIGNER: OfficeKind.DESIGN_OFFICE,
    Role.RESPONSIBLE_LEADER: OfficeKind.MANAGEMENT,
    Role.DEPUTY_GENERAL_MANAGER: OfficeKind.MANAGEMENT,
    Role.CONSTRUCTION_UNIT: OfficeKind.CONSTRUCTION_UNIT,
    Role.PIPELINE_MANAGEMENT: OfficeKind.PIPELINE,
    Role.ADMINISTRATOR: OfficeKind.ADMINISTRATION,
    Role.AUDITOR: OfficeKind.AUDIT,
}
