from applications.models.case import Application
from applications.models.clock import Backdating, Clock, Extension, Suspension
from applications.models.decisions import Approval, Subject
from applications.models.details import NewConnectionDetails
from applications.models.documents import DocumentKind, HandedInDocument, Paper
from applications.models.notices import ApplicantNotice
from applications.models.reductions import Reduction
from applications.models.saved_filters import SavedFilter
from applications.models.staff_notices import Reminder, StaffNotice
from applications.models.takeover import Takeover, TakeoverScan
from applications.models.terminations import Termination
from applications.models.timeline import TimelineEntry
from applications.requests.new_connection import NewConnection

__all__ = [
    "ApplicantNotice",
    "Application",
    "Approval",
    "Backdating",
    "Clock",
    "DocumentKind",
    "Extension",
    "HandedInDocument",
    "NewConnection",
    "NewConnectionDetails",
    "Paper",
    "Reduction",
    "Reminder",
    "SavedFilter",
    "StaffNotice",
    "Subject",
    "Suspension",
    "Takeover",
    "TakeoverScan",
    "Termination",
    "TimelineEntry",
]
