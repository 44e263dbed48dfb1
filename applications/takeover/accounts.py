"""The meter account of a paper file: it keeps its number, whether it is on record already or not (NC-12)."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.models import MeterAccount
from applications.models import Application
from applications.selectors import OPEN
from applications.stages import Stage
from applications.takeover.replay import Follows, Replay
from engineering.models import Completion


def take_account(replay: Replay, values: dict[str, Any]) -> None:
    """The account of the paper with its number: the one on record, or opened as it was then."""
    case, completion = replay.case, replay.sheet(Completion)
    if completion.calibre is None or completion.first_reading is None or completion.completed_on is None:
        raise Follows
    account = _known_account(replay, values["account_number"]) or accounts.open_account(
        number=values["account_number"],
        opened_on=values["opened_on"] or timezone.localdate(),
        holder=case.applicant,
        premises=case.premises,
        kind_of_use=case.new_connection.kind_of_use,
        cycle=values["cycle"],
        book=values["book"],
        invoice_title=case.new_connection.invoice_title,
        tax_number=case.new_connection.tax_number,
        by=replay.by,
    )
    if account.meter is None:
        accounts.set_meter(
            account=account,
            number=completion.meter_number,
            calibre=completion.calibre,
            first_reading=completion.first_reading,
            installed_on=completion.completed_on,
            maker_number=completion.maker_number,
            model=completion.meter_model,
            position=completion.meter_position,
            digits=completion.digits,
            by=replay.by,
        )
    elif account.meter.number != completion.meter_number:
        raise ValidationError(
            _("Account %(number)s has meter %(known)s on record, the file says %(said)s."),
            params={"number": account.number, "known": account.meter.number, "said": completion.meter_number},
        )
    case.account = account


def account_on_record(replay: Replay) -> MeterAccount | None:
    """The account that the file names, where it is on record already as this applicant's at this place."""
    said = replay.stated.sections.get(Stage.SUPPLY_AGREEMENT)
    number = said.cleaned_data.get("account_number", "") if said is not None else ""
    known = MeterAccount.objects.select_related("meter").filter(number=number)
    return known.filter(holder=replay.case.applicant, premises=replay.case.premises).first()


def _known_account(replay: Replay, number: str) -> MeterAccount | None:
    """The account of that number on record, if it is this applicant's at this place."""
    account = MeterAccount.objects.select_related("meter").filter(number=number).first()
    if account is None:
        return None
    if account.holder_id != replay.case.applicant.pk or account.premises_id != replay.case.premises.pk:
        raise ValidationError(
            _("Account %(number)s is on record for somebody else or another place."), params={"number": number}
        )
    other = Application.objects.filter(OPEN, account=account).first()
    if other is not None:
        raise ValidationError(
            _("Account %(number)s belongs to the open case %(case)s."),
            params={"number": number, "case": other.number},
        )
    return account
