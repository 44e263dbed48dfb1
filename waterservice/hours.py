"""The hours of the hall: when it opens, and when a day ends because business stops (Civil Code art. 203)."""

from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from waterservice import policies


def _before_closing(opens: time, day: date) -> None:
    if opens >= CLOSE_OF_BUSINESS.on(day):
        hour = CLOSE_OF_BUSINESS.show(CLOSE_OF_BUSINESS.on(day))
        raise ValidationError(_("Business starts before it closes at %(hour)s."), params={"hour": hour})


def _after_opening(closes: time, day: date) -> None:
    if closes <= START_OF_BUSINESS.on(day):
        hour = START_OF_BUSINESS.show(START_OF_BUSINESS.on(day))
        raise ValidationError(_("Business closes after it starts at %(hour)s."), params={"hour": hour})


START_OF_BUSINESS = policies.declare(
    "hours.open",
    label=_("Start of business"),
    default=time(8, 30),
    kind=policies.PolicyKind.TIME,
    clause="HM-3",
    check=_before_closing,
)
CLOSE_OF_BUSINESS = policies.declare(
    "hours.close",
    label=_("Close of business"),
    default=time(17, 0),
    kind=policies.PolicyKind.TIME,
    clause="HM-3",
    check=_after_opening,
)


def business_hours(day: date) -> str:
    """The hours of a working day by the policies of that day, as papers and screens print them: “8:30–17:00”."""
    opens, closes = START_OF_BUSINESS.on(day), CLOSE_OF_BUSINESS.on(day)
    return f"{opens.hour}:{opens.minute:02d}–{closes.hour}:{closes.minute:02d}"


def at_hour(day: date, hour: time) -> datetime:
    """An hour of a day as people here read it from the wall; aware."""
    return timezone.make_aware(datetime.combine(day, hour))


def closing_time(day: date, *, rule_day: date) -> datetime:
    """The close of business of a day, by the policy that holds on the rule day; Shanghai's hour, aware."""
    return at_hour(day, CLOSE_OF_BUSINESS.on(rule_day))
