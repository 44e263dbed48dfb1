"""Checkpoints of design, works and acceptance (NC-4 to NC-8, NC-C2, NC-C3)."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.engine.checkpoints import Words, checkpoint
from applications.models.notices import ApplicantNotice
from engineering import selectors as works
from engineering.models import Acceptance, Grant, Settlement, Survey

if TYPE_CHECKING:
    from applications.models import Application


@checkpoint(gettext_lazy("The sheet of this stage is complete"), cure="works")
def sheet_complete(case: "Application") -> Words | None:
    stop = case.stop
    assert stop is not None
    assert stop.sheet, stop.stage
    model = apps.get_model(stop.sheet)
    sheet = works.current(case.project, model)
    if sheet is None or sheet.closed:
        return _("Nothing is recorded yet: {sheet}.").format(sheet=model._meta.verbose_name)
    lacking = works.missing(sheet)
    if lacking:
        return _("{sheet} still lacks: {fields}.").format(
            sheet=model._meta.verbose_name, fields=_(", ").join(str(label) for label in lacking)
        )
    return None


@checkpoint(gettext_lazy("The place can be supplied"), clause="NC-4a", cure="works")
def can_be_supplied(case: "Application") -> Words | None:
    survey = works.current(case.project, Survey)
    if survey is not None and survey.supplyable is False:
        return _("The survey says that the place cannot be supplied: refuse the request with its reason.")
    return None


@checkpoint(gettext_lazy("The survey says that the place cannot be supplied"), clause="NC-4a", cure="works")
def cannot_be_supplied(case: "Application") -> Words | None:
    survey = works.current(case.project, Survey)
    if survey is None or survey.supplyable is not False or not survey.reason:
        return _("Record in the survey sheet that the place cannot be supplied, and why.")
    return None


@checkpoint(gettext_lazy("The applicant was told which permits to obtain"), clause="NC-4b", cure="works")
def told_of_permits(case: "Application") -> Words | None:
    if case.notices.filter(about=ApplicantNotice.About.PERMITS, voided_at__isnull=True).exists():
        return None
    return _("Tell the applicant which permits to obtain, and record how and when.")


@checkpoint(gettext_lazy("Every permit is granted or not needed"), clause="NC-4c", cure="works")
def permits_settled(case: "Application") -> Words | None:
    permits = list(case.project.permits.all())
    if not permits:
        return _("Record for each permit whether it is granted or not needed.")
    return _unsettled(permits, absent=works.permits_not_recorded(case.project))


@checkpoint(gettext_lazy("The construction formalities are done or not needed"), clause="NC-6", cure="works")
def formalities_settled(case: "Application") -> Words | None:
    formalities = list(case.project.formalities.all())
    if not formalities:
        return _("Record the construction formalities, or that none are needed.")
    return _unsettled(formalities)


def _unsettled(rows: Iterable[Grant], *, absent: Sequence[str] = ()) -> str | None:
    """What is awaited, and what was settled for works that were sent back since; None where neither is."""
    waiting = [str(row) for row in rows if row.pending] + list(absent)
    asked_again = [str(row) for row in rows if row.to_confirm]
    parts = [
        (_("Still open: {permits}."), waiting),
        (_("Confirm for the works as they are now: {permits}."), asked_again),
    ]
    return " ".join(words.format(permits=_(", ").join(names)) for words, names in parts if names) or None


@checkpoint(gettext_lazy("All parties have passed the works"), clause="NC-8", cure="works")
def acceptance_passed(case: "Application") -> Words | None:
    acceptance = works.current(case.project, Acceptance)
    if acceptance is None or not acceptance.passed:
        return _("The joint acceptance has not been passed by all parties.")
    return None


@checkpoint(gettext_lazy("The joint acceptance lists defects"), clause="NC-8", cure="works")
def acceptance_failed(case: "Application") -> Words | None:
    acceptance = works.current(case.project, Acceptance)
    if acceptance is None or acceptance.closed or acceptance.passed or not acceptance.defects.exists():
        return _("List the defects in the acceptance sheet before the works go back.")
    return None


@checkpoint(gettext_lazy("The final settlement is fixed"), clause="NC-8", cure="works")
def settlement_fixed(case: "Application") -> Words | None:
    settlement = works.current(case.project, Settlement)
    if settlement is None or not settlement.closed:
        return _("Fix the final settlement first.")
    return None


@checkpoint(gettext_lazy("The meter card is recorded"), clause="NC-11", cure="works")
def meter_card_recorded(case: "Application") -> Words | None:
    if case.project.meter_cards.filter(recorded_at__gte=case.arrived_at).exists():
        return None
    return _("Record the meter card that is handed over.")
