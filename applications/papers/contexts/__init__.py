"""For each kind of paper the function that gathers its formatted values from a case.

Each takes the case, `issued_on` and what else its kind needs, writes nothing, and gives a plain dict.
"""

from collections.abc import Callable
from typing import Any

from applications.papers.contexts import agreements, intake, money, termination, works
from applications.papers.kinds import PaperKind

CONTEXTS: dict[PaperKind, Callable[..., dict[str, Any]]] = {
    PaperKind.APPLICATION_FORM: intake.application_form,
    PaperKind.ACCEPTANCE_RECEIPT: intake.acceptance_receipt,
    PaperKind.ONE_TIME_NOTICE: intake.one_time_notice,
    PaperKind.SURVEY_SHEET: works.survey_sheet,
    PaperKind.PERMITS_NOTICE: works.permits_notice,
    PaperKind.BUDGET: works.budget,
    PaperKind.PAYMENT_NOTICE: money.payment_notice,
    PaperKind.RECEIPT: money.receipt,
    PaperKind.CONSTRUCTION_AGREEMENT: agreements.construction_agreement,
    PaperKind.CONSTRUCTION_TASK: works.construction_task,
    PaperKind.ACCEPTANCE_CERTIFICATE: works.acceptance_certificate,
    PaperKind.SETTLEMENT: works.settlement,
    PaperKind.SUPPLY_AGREEMENT: agreements.supply_agreement,
    PaperKind.WATER_ON_NOTICE: works.water_on_notice,
    PaperKind.TERMINATION_AGREEMENT: termination.termination_agreement,
}
