"""The hours of the hall: a day ends when business stops (Civil Code art. 203)."""

from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from waterservice import policies

CLOSE_OF_BUSINESS = policies.declare(
    "hours.close",
    label=_("Close of business"),
    default=time(17, 0),
    kind=policies.PolicyKind.TIME,
    clause="HM-3",
)


def at_hour(day: date, hour: time) -> datetime:
    """An hour of a day as people here read it from the wall; aware."""
    return timezone.make_aware(datetime.combine(day, hour))


def closing_time(day: date, *, rule_day: date) -> datetime:
    """The close of business of a day, by the policy that holds on the rule day; Shanghai's hour, aware."""
    return at_hour(day, CLOSE_OF_BUSINESS.on(rule_day))
