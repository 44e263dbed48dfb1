"""Which papers there are. What is true of a kind of paper is declared here once."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from applications.stages import Stage


@dataclass(frozen=True)
class Declaration:
    """What a kind of paper is.

    title_zh  its name in print, the same in every language of the screens
    clause    the clause of the procedure that it serves
    prefix    what stands before the case number: SG-NC-2026-000001 is that case's construction agreement
    signed    whether it counts only with the applicant's signature
    personal  whether it names the applicant in full, so that a look at it is recorded (PIPL art. 51)
    drafted   the stage at which a draft of it can be read before it is issued
    """

    title_zh: str
    clause: str
    prefix: str
    signed: bool = False
    personal: bool = False
    drafted: Stage | None = None


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

    @property
    def declaration(self) -> Declaration:
        return DECLARATIONS[self]

    @property
    def template(self) -> str:
        return f"documents/{self.value}.html"


DECLARATIONS: dict[PaperKind, Declaration] = {
    PaperKind.APPLICATION_FORM: Declaration("新装接水申请表", clause="NC-1", prefix="SQ", signed=True, personal=True),
    PaperKind.ACCEPTANCE_RECEIPT: Declaration("受理回执", clause="NC-2", prefix="SL"),
    PaperKind.ONE_TIME_NOTICE: Declaration("一次性告知书", clause="NC-C1", prefix="GZ"),
    PaperKind.SURVEY_SHEET: Declaration("现场勘查单", clause="NC-4a", prefix="KC"),
    PaperKind.PERMITS_NOTICE: Declaration("办理手续告知单", clause="NC-4b", prefix="SX"),
    PaperKind.BUDGET: Declaration("工程预算书", clause="NC-4c", prefix="YS"),
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
    PaperKind.CONSTRUCTION_TASK: Declaration("施工任务单", clause="NC-6", prefix="RW"),
    PaperKind.ACCEPTANCE_CERTIFICATE: Declaration("工程联合验收证书", clause="NC-8", prefix="YZ"),
    PaperKind.SETTLEMENT: Declaration("工程决算书", clause="NC-8", prefix="JS"),
    PaperKind.SUPPLY_AGREEMENT: Declaration(
        "城市供用水协议", clause="NC-9", prefix="GY", signed=True, personal=True, drafted=Stage.SUPPLY_AGREEMENT
    ),
    PaperKind.WATER_ON_NOTICE: Declaration("通水通知单", clause="NC-10", prefix="TS"),
}
