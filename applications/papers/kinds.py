"""Which papers there are. What is true of a kind of paper is declared here once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from applications.stages import Stage

if TYPE_CHECKING:
    from applications.models import Application


@dataclass(frozen=True)
class Declaration:
    """What a kind of paper is.

    title_zh      its name in print, the same in every language of the screens
    clause        the clause of the procedure that it serves
    prefix        what stands before the case number: SG-NC-2026-000001 is that case's construction agreement
    signed        whether it counts only with the applicant's signature
    personal      whether it shows an identity number or telephone in full, so that a look at it is recorded
    for_decision  whether a decision rests on it, so that who decides reads it though it is personal
    key           of one that a decision rests on: the key that opens it beside the decision
    for_works     whether the construction unit builds by it, and reads it though it is personal
    drafted       the stage at which a draft of it can be read before it is issued, or when else it can
    """

    title_zh: str
    clause: str
    prefix: str
    signed: bool = False
    personal: bool = False
    for_decision: bool = False
    key: str = ""
    for_works: bool = False
    drafted: Stage | Callable[["Application"], bool] | None = None

    def can_be_drafted(self, case: "Application") -> bool:
        """Whether a draft of it can be read where the case stands now."""
        return self.drafted(case) if callable(self.drafted) else self.drafted == case.stage


class PaperKind(models.TextChoices):
    """The papers of a case, in the order in which a case meets them."""

    APPLICATION_FORM = "application_form", _("Application form")
    ACCEPTANCE_RECEIPT = "acceptance_receipt", _("Acceptance receipt")
    ONE_TIME_NOTICE = "one_time_notice", _("One-time notice")
    SURVEY_SHEET = "survey_sheet", _("Survey sheet")
    PERMITS_NOTICE = "permits_notice", _("Notice of permits to obtain")
    BUDGET = "budget", _("Project budget")
    PAYMENT_NOTICE = "payment_notice", _("Payment notice")
    RECEIPT = "receipt", _("Receipt")
    CONSTRUCTION_AGREEMENT = "construction_agreement", _("Construction agreement")
    CONSTRUCTION_TASK = "construction_task", _("Construction task")
    ACCEPTANCE_CERTIFICATE = "acceptance_certificate", _("Acceptance certificate")
    SETTLEMENT = "settlement", _("Final settlement")
    SUPPLY_AGREEMENT = "supply_agreement", _("Water-supply agreement")
    WATER_ON_NOTICE = "water_on_notice", _("Water-on notice")
    TERMINATION_AGREEMENT = "termination_agreement", _("Termination agreement")

    @property
    def declaration(self) -> Declaration:
        return DECLARATIONS[self]

    @property
    def template(self) -> str:
        return f"documents/{self.value}.html"


DECLARATIONS: dict[PaperKind, Declaration] = {
    PaperKind.APPLICATION_FORM: Declaration("新装接水申请表", clause="NC-1", prefix="SQ", signed=True, personal=True),
    PaperKind.ACCEPTANCE_RECEIPT: Declaration("受理回执", clause="NC-2", prefix="SL", personal=True),
    PaperKind.ONE_TIME_NOTICE: Declaration("一次性告知书", clause="NC-C1", prefix="GZ"),
    PaperKind.SURVEY_SHEET: Declaration(
        "现场勘查单", clause="NC-4a", prefix="KC", personal=True, for_decision=True, key="s", for_works=True
    ),
    PaperKind.PERMITS_NOTICE: Declaration("办理手续告知单", clause="NC-4b", prefix="SX"),
    PaperKind.BUDGET: Declaration("工程预算书", clause="NC-4c", prefix="YS", for_decision=True, key="p"),
    PaperKind.PAYMENT_NOTICE: Declaration("缴费通知单", clause="NC-5", prefix="JF"),
    PaperKind.RECEIPT: Declaration("收款收据", clause="NC-5", prefix="SK"),
    PaperKind.CONSTRUCTION_AGREEMENT: Declaration(
        "供水工程施工协议",
        clause="NC-6",
        prefix="SG",
        signed=True,
        personal=True,
        drafted=Stage.CONSTRUCTION_AGREEMENT,
    ),
    PaperKind.CONSTRUCTION_TASK: Declaration("施工任务单", clause="NC-6", prefix="RW", personal=True, for_works=True),
    PaperKind.ACCEPTANCE_CERTIFICATE: Declaration("工程联合验收证书", clause="NC-8", prefix="YZ"),
    PaperKind.SETTLEMENT: Declaration("工程决算书", clause="NC-8", prefix="JS", for_decision=True, key="t"),
    PaperKind.SUPPLY_AGREEMENT: Declaration(
        "城市供用水协议", clause="NC-9", prefix="GY", signed=True, personal=True, drafted=Stage.SUPPLY_AGREEMENT
    ),
    PaperKind.WATER_ON_NOTICE: Declaration("通水通知单", clause="NC-10", prefix="TS"),
    PaperKind.TERMINATION_AGREEMENT: Declaration(
        "新装接水终止协议",
        clause="NC-5",
        prefix="ZZ",
        signed=True,
        personal=True,
        drafted=lambda case: case.termination is not None,
    ),
}
