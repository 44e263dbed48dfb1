"""Which office's desk a case lands on."""

from collections.abc import Sequence

from django.db.models import Q

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
    offices = _offices(owner.office_kind)
    at_counter = next((office for office in offices if office.pk == case.created_by.office_id), None)
    return at_counter or _of_district(offices, case.premises.district)


def business_of(office: Office) -> Q:
    """Of cases: those that land at an office by their district, as `office_for` has it, or lie there already."""
    offices = _offices(office.kind)
    named = {district for each in offices for district in each.districts}
    own = [district for district in named if _of_district(offices, district) == office]
    lands = Q(premises__district__in=own)
    if _of_district(offices, "") == office:
        lands |= ~Q(premises__district__in=named)
    return lands | Q(office=office)


def _offices(kind: str) -> Sequence[Office]:
    return list(Office.objects.filter(kind=kind).order_by("pk"))


def _of_district(offices: Sequence[Office], district: str) -> Office | None:
    """The office that names the district, else one that takes any, else the first."""
    named = [office for office in offices if district in office.districts]
    any_district = [office for office in offices if not office.districts]
    return next(iter([*named, *any_district, *offices]), None)
