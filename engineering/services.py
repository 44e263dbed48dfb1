"""Writes of the works. Every service locks the project's row first; a sheet opens, is amended, and is closed.

What a service saves goes to the open revision of the sheet; after closing, the next save opens the next
revision as a copy of the last. All raise ValidationError for values that cannot be, with nothing changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict, TypeVar, Unpack

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.history import save_as
from accounts.models import Customer, Meter, MeterAccount, Office, Premises, User
from engineering.grants import ask_again, confirm, record_formality, record_permit
from engineering.models import (
    Acceptance,
    AcceptanceParty,
    Budget,
    BudgetLine,
    Completion,
    ConstructionTask,
    CostLine,
    CostSheet,
    Defect,
    Design,
    MeterCard,
    Project,
    Settlement,
    SettlementLine,
    Sheet,
    Survey,
)
from engineering.pictures import add_picture
from engineering.revisions import (
    amend,
    begin_anew,
    build_rows,
    lock_open_project,
    lock_project,
    next_revision,
    open_sheet,
    refuse_future,
    write_rows,
)
from engineering.selectors import current
from waterservice.models import StoredFile
from waterservice.money import ZERO

__all__ = ["add_picture", "ask_again", "confirm", "lock_project", "record_formality", "record_permit"]

S = TypeVar("S", bound=Sheet)
C = TypeVar("C", bound=CostSheet)


class SurveyFields(TypedDict, total=False):
    """What a survey sheet asks."""

    surveyed_on: date | None
    supplyable: bool | None
    reason: str
    road_opening: bool | None
    pressure_mpa: Decimal | None  # MPa
    nearest_main: str
    main_calibre: int | None  # DN, mm
    calibre: int | None  # DN, mm
    meter_position: str
    conclusion: str


class DesignFields(TypedDict, total=False):
    """What a design plan asks."""

    plan: StoredFile | None
    description: str
    length_m: Decimal | None  # metres
    calibre: int | None  # DN, mm


class TaskFields(TypedDict, total=False):
    """What a construction task asks."""

    unit: Office | None
    starts_on: date | None
    ends_on: date | None
    instructions: str


class CompletionFields(TypedDict, total=False):
    """What a completion report asks."""

    completed_on: date | None
    meter_number: str
    maker_number: str
    meter_model: str
    calibre: int | None  # DN, mm
    calibre_reason: str
    meter_position: str
    digits: int
    first_reading: int | None  # m³
    note: str


@transaction.atomic
def open_project(*, reference: str, title: str, customer: Customer, premises: Premises, by: User) -> Project:
    """Open the folder of the works for a reference that has none yet."""
    return save_as(Project(reference=reference, title=title, customer=customer, premises=premises, opened_by=by), by=by)


@transaction.atomic
def readdress_project(*, project: Project, customer: Customer, premises: Premises, title: str, by: User) -> Project:
    """Put the folder of the works in the right name and place, when the wrong one was typed at the counter."""
    locked = lock_open_project(project)
    locked.customer, locked.premises, locked.title = customer, premises, title
    return save_as(locked, by=by)


@transaction.atomic
def close_project(*, project: Project, by: User) -> Project:
    """Close the folder: it leaves the design office's load, and nothing more is recorded in it."""
    locked = lock_open_project(project)
    locked.closed_at = timezone.now()
    return save_as(locked, by=by)


@transaction.atomic
def clear_desk(*, project: Project, by: User) -> Project:
    """Take the works off everybody's desk: whoever typed them in from paper is not their designer."""
    locked = lock_open_project(project)
    locked.designer = None
    return save_as(locked, by=by)


@transaction.atomic
def record_survey(*, project: Project, by: User, **fields: Unpack[SurveyFields]) -> Survey:
    """Save the survey sheet (NC-4a); columns left out stay as they are."""
    sheet = open_sheet(lock_open_project(project), Survey, by=by)
    refuse_future("surveyed_on", fields.get("surveyed_on"))
    return amend(sheet, by=by, fields=fields)


@transaction.atomic
def record_design(*, project: Project, by: User, **fields: Unpack[DesignFields]) -> Design:
    """Save the design plan (NC-4b); columns left out stay as they are."""
    return amend(open_sheet(lock_open_project(project), Design, by=by), by=by, fields=fields)


@transaction.atomic
def save_budget(*, project: Project, by: User, lines: Sequence[Mapping[str, Any]]) -> Budget:
    """Make the lines of the open budget these (NC-4c): see `_save_costs`."""
    return _save_costs(project, Budget, BudgetLine, by=by, lines=lines)


@transaction.atomic
def save_settlement(*, project: Project, by: User, lines: Sequence[Mapping[str, Any]]) -> Settlement:
    """Make the lines of the open final settlement these (NC-8): see `_save_costs`."""
    return _save_costs(project, Settlement, SettlementLine, by=by, lines=lines)


def _save_costs(
    project: Project,
    model: type[C],
    line_model: type[CostLine],
    *,
    by: User,
    lines: Sequence[Mapping[str, Any]],
) -> C:
    """Lines carry category, description, quantity, unit, unit_price, red_line and payer; amounts are computed here.

    Raises ValidationError under “lines”, naming row and column; for no lines at all too.
    """
    sheet = open_sheet(lock_open_project(project), model, by=by)
    if not lines:
        raise ValidationError({"lines": _("Enter at least one line.")})
    unpriced = [{**line, "order": place, "amount": ZERO} for place, line in enumerate(lines, start=1)]
    priced = build_rows(sheet, line_model, unpriced, field="lines")
    for line in priced:
        line.amount = CostLine.price(line.quantity, line.unit_price)
    _refuse_too_large(priced)
    amend(sheet, by=by, fields={})
    write_rows(sheet, line_model, priced, by=by)
    return sheet


def _refuse_too_large(lines: Sequence[CostLine]) -> None:
    for line in lines:
        try:
            line.clean_fields(exclude={"sheet"})
        except ValidationError as wrong:
            words = _("Row %(row)d: quantity times unit price is too large.") % {"row": line.order}
            raise ValidationError({"lines": words}) from wrong


@transaction.atomic
def plan_task(*, project: Project, by: User, **fields: Unpack[TaskFields]) -> ConstructionTask:
    """Save unit, dates and instructions of the construction task (NC-6); columns left out stay as they are."""
    return amend(open_sheet(lock_open_project(project), ConstructionTask, by=by), by=by, fields=fields)


@transaction.atomic
def report_completion(
    *, project: Project, by: User, own_account: MeterAccount | None = None, **fields: Unpack[CompletionFields]
) -> Completion:
    """Save the completion report with the meter that was set (NC-7); columns left out stay as they are.

    `own_account` is the account that was opened for these works, if any was: its meter may be reported again.
    Raises ValidationError for a meter number that is on record for anything else or reported by another
    project, and for a first reading that the register cannot show: no account could be given that meter (NC-12).
    """
    locked = lock_open_project(project)
    refuse_future("completed_on", fields.get("completed_on"))
    if number := fields.get("meter_number"):
        _refuse_meter_elsewhere(locked, number, own_account)
    return amend(open_sheet(locked, Completion, by=by), by=by, fields=fields)


def _refuse_meter_elsewhere(project: Project, number: str, own_account: MeterAccount | None) -> None:
    """Another account of the same premises is elsewhere too: a number hangs at one account at a time."""
    values = {"number": number}
    hanging = Meter.objects.filter(number=number, removed_on__isnull=True)
    if own_account is not None:
        hanging = hanging.exclude(account=own_account)
    if hanging.exists():
        words = _("Meter %(number)s is installed elsewhere. Read its number again.") % values
        raise ValidationError({"meter_number": words})
    for report in Completion.objects.filter(meter_number=number).exclude(project=project).select_related("project"):
        if report == current(report.project, Completion):
            values["reference"] = report.project.reference
            words = _("Meter %(number)s is reported for %(reference)s. Read its number again.") % values
            raise ValidationError({"meter_number": words})


@transaction.atomic
def record_acceptance(
    *,
    project: Project,
    by: User,
    held_on: date,
    parties: Sequence[Mapping[str, Any]],
    defects: Sequence[Mapping[str, Any]] = (),
    note: str = "",
) -> Acceptance:
    """Save the acceptance sheet (NC-8, NC-C3) and decide it.

    Parties carry party, representative, passed and remark; defects carry description and, once mended,
    mended_on. It is passed when all required parties pass and every defect is mended, not passed with a party
    against it or a defect unmended, and undecided while a party is missing. What the acceptance before left
    unmended must be listed again, mended or not: nothing is forgotten.
    """
    locked = lock_open_project(project)
    sheet = open_sheet(locked, Acceptance, by=by)
    people = build_rows(sheet, AcceptanceParty, parties, field="parties")
    for person in people:
        if not person.passed and not person.remark:
            words = _("%(party)s does not pass the works: enter why.") % {"party": person.get_party_display()}
            raise ValidationError({"parties": words})
    faults = build_rows(sheet, Defect, defects, field="defects")
    _check_acceptance_days(locked, held_on, faults)
    _refuse_forgotten(sheet, faults)
    amend(sheet, by=by, fields={"held_on": held_on, "note": note, "passed": None})
    write_rows(sheet, AcceptanceParty, people, by=by)
    write_rows(sheet, Defect, faults, by=by)
    sheet.passed = sheet.verdict()
    return save_as(sheet, by=by)


def _check_acceptance_days(project: Project, held_on: date, defects: Sequence[Defect]) -> None:
    refuse_future("held_on", held_on)
    for defect in defects:
        refuse_future("defects", defect.mended_on)
    completion = current(project, Completion)
    if completion is not None and completion.completed_on is not None and held_on < completion.completed_on:
        words = _("The acceptance cannot come before the completion of %(day)s.")
        raise ValidationError({"held_on": words % {"day": completion.completed_on}})


def _refuse_forgotten(sheet: Acceptance, defects: Sequence[Defect]) -> None:
    named = {defect.description for defect in defects}
    before = Defect.objects.filter(
        sheet__project=sheet.project, sheet__revision=sheet.revision - 1, mended_on__isnull=True
    )
    forgotten = [str(defect) for defect in before if defect.description not in named]
    if forgotten:
        words = _("“%(defect)s” stood open at the last acceptance: enter when it was mended, or that it is not.")
        raise ValidationError({"defects": [words % {"defect": defect} for defect in forgotten]})


@transaction.atomic
def record_meter_card(
    *,
    project: Project,
    by: User,
    account_number: str,
    card_number: str,
    handed_over_on: date,
    received_by: User | None = None,
) -> MeterCard:
    """Record a meter card that was handed over (NC-11); the same account again corrects its card.

    Raises ValidationError for an unknown account, a card number in use, or a day before the completion.
    """
    locked = lock_open_project(project)
    refuse_future("handed_over_on", handed_over_on)
    if not MeterAccount.objects.filter(number=account_number).exists():
        words = _("There is no account %(number)s.") % {"number": account_number}
        raise ValidationError({"account_number": words})
    completion = current(locked, Completion)
    if completion is not None and completion.completed_on is not None and handed_over_on < completion.completed_on:
        words = _("The card cannot be handed over before the completion of %(day)s.")
        raise ValidationError({"handed_over_on": words % {"day": completion.completed_on}})
    card = locked.meter_cards.filter(account_number=account_number).first()
    card = card or MeterCard(project=locked, account_number=account_number)
    card.card_number, card.handed_over_on = card_number, handed_over_on
    card.handed_over_by, card.received_by, card.recorded_at = by, received_by, timezone.now()
    return save_as(card, by=by)


@transaction.atomic
def close_sheet(*, sheet: S, by: User) -> S:
    """Freeze a sheet as its revision, as it is saved; the instance given is brought up to date and returned.

    Raises ValidationError when it is closed already. Whether it is complete is asked before: `missing`.
    """
    lock_open_project(sheet.project)
    sheet.refresh_from_db()
    if sheet.closed:
        raise ValidationError(_("%(sheet)s is closed already."), params={"sheet": str(sheet)})
    sheet.closed_at, sheet.closed_by = timezone.now(), by
    return save_as(sheet, by=by)


@transaction.atomic
def reopen(*, project: Project, model: type[S] | str, by: User) -> S | None:
    """Open the revision after a closed one, a copy to be amended; None when there is none or one is open.

    `model` is the class or its label, “engineering.Survey”. What said that something happened, such as the
    day of completion or the parties' word at an acceptance, is not copied, and taken from the one that is open.
    """
    kind: type[S] = apps.get_model(model) if isinstance(model, str) else model
    last = current(lock_open_project(project), kind)
    if last is not None and not last.closed:
        begin_anew(last, by=by)
    return next_revision(last, by=by) if last is not None and last.closed else None
