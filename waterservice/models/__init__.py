"""The utility's own tables: policies, calendar days, number series, stored files."""

from waterservice.models.calendar import CalendarDay, CalendarNotice
from waterservice.models.decisions import PEOPLE, Decision
from waterservice.models.files import StoredFile
from waterservice.models.numbering import NumberSequence
from waterservice.models.policies import PolicyValue

__all__ = ["PEOPLE", "CalendarDay", "CalendarNotice", "Decision", "NumberSequence", "PolicyValue", "StoredFile"]
