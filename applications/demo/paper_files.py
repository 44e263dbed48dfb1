"""Paper files of the demo utility: one waits for the duty manager, one has been taken over."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Office, ReadingBook
from accounts.roles import Role
from applications.demo.city import City
from applications.demo.people import member
from applications.stages import Kind, Stage
from applications.takeover import signing
from applications.takeover.plan import plan_of
from applications.tour import cast

KIND = Kind.NEW_CONNECTION.value
AMOUNT = 128000
ABOUTS = ("file", "plan", "construction_agreement", "supply_agreement")
OLD_RECEIPT = "旧收据-{reference}-{place}"


def enter_files(city: City) -> None:
    """Enter two files as the counter would; the duty manager has signed for the second."""
    _enter(Stage.CONSTRUCTION, "卷2026-031", city, arrived=3)
    second = _enter(Stage.CONSTRUCTION_AGREEMENT, "卷2026-018", city, arrived=2)
    signing.grant(takeover=second, by=member(Role.DUTY_MANAGER), opinion="与纸质卷宗核对一致")


def _enter(stage: Stage, reference: str, city: City, *, arrived: int) -> Any:
    brief = city.brief()
    amount = city.draw.randint(40, 90) * 1000
    unit, book = member(Role.CONSTRUCTION_UNIT).office, ReadingBook.objects.order_by("pk").first()
    data = file_data(stage, reference=reference, amount=amount, brief=brief, arrived=arrived, unit=unit, book=book)
    scans = [(about, cast.scan(about)) for about in ABOUTS]
    return signing.enter(by=member(Role.COUNTER_CLERK), kind=KIND, stage=stage, data=data, scans=scans)


def days_ago(count: int) -> str:
    return (timezone.localdate() - timedelta(days=count)).isoformat()


def head(stage: Stage, *, reference: str, brief: cast.Brief, arrived: int = 1) -> dict[str, Any]:
    """Who, where, what; applied for 200 days ago, at its stage since `arrived` days ago."""
    values = {**brief.customer, **brief.premises, **brief.details}
    values.pop("address", None)  # no form asks for it
    facts = {name: "on" if value is True else str(value) for name, value in values.items() if value not in ("", False)}
    facts |= {"reference": reference, "applied_on": days_ago(200), "arrived_on": days_ago(arrived)}
    if stage not in (Stage.DRAFT, Stage.DOCUMENT_REVIEW):
        facts["accepted_on"] = days_ago(199)
    return facts


def sections(
    *, reference: str, amount: int, calibre: int, unit: Office | None, book: ReadingBook | None
) -> dict[Stage, dict[str, Any]]:
    """What the file says of each stage."""
    return {
        Stage.ARREARS_CHECK: {"checked_on": days_ago(198)},
        Stage.SURVEY: {
            "surveyed_on": days_ago(195),
            "road_opening": "True",
            "pressure_mpa": "0.32",
            "nearest_main": "和平路 DN300 干管",
            "main_calibre": "300",
            "calibre": str(calibre),
            "meter_position": "门前表井",
            "conclusion": "具备供水条件",
        },
        Stage.DESIGN: {
            "description": "自和平路 DN300 干管接出",
            "length_m": "86",
            "calibre": str(calibre),
            "means": "in_person",
            "told_on": days_ago(190),
        },
        Stage.PERMITS: {
            "planning_status": "granted",
            "planning_number": "规线2026-7",
            "planning_on": days_ago(180),
            "road_status": "not_needed",
            "road_note": "管线在绿化带内",
        },
        Stage.BUDGET: {
            "part_pipe_material": str(amount - 8000),
            "utility_part": "8000",
            "total": str(amount),
            "submitted_on": days_ago(175),
        },
        Stage.BUDGET_APPROVAL: {"approved_by": "王总（已退休）", "approved_on": days_ago(170)},
        Stage.PROJECT_FEE: {
            "payments-0-what": "fee",
            "payments-0-amount": str(amount - 8000),
            "payments-0-paid_on": days_ago(160),
            "payments-0-method": "transfer",
            "payments-0-receipt": OLD_RECEIPT.format(reference=reference, place=1),
        },
        Stage.CONSTRUCTION_AGREEMENT: {
            "works_start": days_ago(150),
            "works_end": days_ago(-30),
            "signed_on": days_ago(155),
            "signatory": "演示王建国",
        },
        Stage.CONSTRUCTION_TASK: {
            "formality_status": "done",
            "formality_on": days_ago(152),
            "unit": unit.code if unit else "",
            "starts_on": days_ago(150),
            "ends_on": days_ago(-30),
            "issued_on": days_ago(151),
        },
        Stage.CONSTRUCTION: {
            "completed_on": days_ago(20),
            "meter_number": f"B{reference}",
            "maker_number": "厂-1",
            "meter_model": "LXS-50",
            "calibre": str(calibre),
            "meter_position": "门前表井",
            "digits": "5",
            "first_reading": "3",
        },
        Stage.JOINT_ACCEPTANCE: {
            "held_on": days_ago(18),
            **{
                f"party_{party}": "演示代表"
                for party in (
                    "design_office",
                    "service_centre",
                    "business_office",
                    "construction_unit",
                    "applicant",
                )
            },
        },
        Stage.FINAL_SETTLEMENT: {
            "part_pipe_material": str(amount - 8000),
            "utility_part": "8000",
            "total": str(amount),
            "fixed_on": days_ago(15),
        },
        Stage.SUPPLY_AGREEMENT: {
            "account_number": account_number(reference),
            "cycle": "monthly",
            "opened_on": days_ago(12),
            "signed_on": days_ago(10),
            "signatory": "演示王建国",
        },
        Stage.EXECUTIVE_APPROVAL: {"approved_by": "李副总", "approved_on": days_ago(8)},
        Stage.WATER_ON: {"water_on": days_ago(6)},
        Stage.METER_CARD: {"card_number": f"C{reference}", "handed_over_on": days_ago(5)},
        Stage.FILING: {"book": book.code if book else "", "order_in_book": "7"} | {"filed_on": days_ago(3)},
    }


def account_number(reference: str) -> str:
    return f"70{sum(map(ord, reference)):06d}"


def file_data(
    stage: Stage,
    *,
    reference: str = "纸2026-17",
    amount: int = AMOUNT,
    brief: cast.Brief | None = None,
    arrived: int = 1,
    unit: Office | None = None,
    book: ReadingBook | None = None,
    without: tuple[str, ...] = (),
    **changes: Any,
) -> dict[str, Any]:
    """What is typed in of a file that stands at a stage; `changes` by name, with two underscores for a dash."""
    brief = brief or cast.organisation()
    data = head(stage, reference=reference, brief=brief, arrived=arrived)
    behind = plan_of(KIND).passed(stage)
    for section, facts in sections(
        reference=reference, amount=amount, calibre=brief.details["calibre"], unit=unit, book=book
    ).items():
        if section in behind:
            data |= {f"{section.value}-{name}": value for name, value in facts.items()}
    data |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in data.items() if name not in without and value is not None}
