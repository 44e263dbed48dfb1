"""Which office's desk a case lands on."""

from accounts.models import Office
from accounts.roles import Role
from applications.models import Application
from engineering import selectors as works


def office_for(owner: Role, case: Application) -> Office | None:
    """The office of the owner's kind for the premises' district; during the works, the appointed construction unit.

    None where the utility has no office of that kind: then everybody of the role sees the case.
    """
    if owner == Role.CONSTRUCTION_UNIT:
        unit: Office | None = works.construction_unit(case.project)
        return unit
    offices = list(Office.objects.filter(kind=owner.office_kind).order_by("pk"))
    own = [office for office in offices if case.premises.district in office.districts]
    at_counter = [office for office in offices if office.pk == case.created_by.office_id]
    return next(iter([*at_counter, *own, *offices]), None)
