"""The papers: complete, legible, legally sound, and the same whenever they are printed again."""

import io
import re
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.template.loader import get_template
from django.utils import timezone, translation

from accounts.models import BillingCycle, CustomerKind, IdentityKind, KindOfUse
from accounts.roles import Role
from applications import issuing
from applications.models import Application, Termination
from applications.models.documents import DocumentKind, HandedInDocument
from applications.papers import formats, terms, words
from applications.papers.contexts import CONTEXTS
from applications.papers.contexts.agreements import construction_agreement, supply_agreement
from applications.papers.contexts.costs import shares
from applications.papers.contexts.intake import promises
from applications.papers.contexts.money import receipt as receipt_context
from applications.papers.contexts.works import permits_notice, signed
from applications.papers.kinds import DECLARATIONS, PaperKind
from applications.papers.render import render
from applications.required_documents import ChecklistLine
from applications.stages import Stage
from applications.tour import cast
from applications.tour.new_connection import Tour
from billing import services as billing
from billing.models import PayMethod
from billing.papers import PAY_METHOD
from billing.terms import LATE_CHARGE_CAP_PERCENT, LATE_CHARGE_PERMILLE, LATE_CHARGE_START, LATE_CHARGES
from engineering import services as engineering
from engineering.models import (
    BudgetLine,
    CostCategory,
    FormalityKind,
    FormalityStatus,
    Party,
    Payer,
    PermitKind,
    PermitStatus,
    RedLine,
)
from waterservice import policies
from waterservice.calendar import calendar
from waterservice.money import rmb_capitals, yuan
from waterservice.utility import UTILITY

DAY = date(2026, 10, 14)
CODE = "7KQ4-M2XD-90RT"
BUDGET, SETTLEMENT = Decimal("128000.00"), Decimal("131250.35")


@pytest.fixture(scope="module")
def finished(django_db_setup: None, django_db_blocker: Any) -> Iterator[Application]:
    """One case shortly before its end, so that every paper can be printed; rolled back after the module."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(issuing, "render", lambda kind, case, **extra: b"%PDF-1.4\n%%EOF")
        tour = Tour(amount=BUDGET, settlement=SETTLEMENT, try_early=False)
        tour.play_to(Stage.FIRST_READING)
        yield tour.case
        transaction.set_rollback(True)


@pytest.fixture
def case(finished: Application, db: None) -> Application:
    """The same case, read anew: what a test changes is gone after it."""
    return Application.objects.get(pk=finished.pk)


def needed(kind: PaperKind, case: Application) -> dict[str, Any]:
    """What a kind of paper asks for besides the case, or needs to be true of it."""
    if kind == PaperKind.ONE_TIME_NOTICE:
        return {"lines": [ChecklistLine(DocumentKind.LOCATION_MAP, None)], "bring_by": date(2026, 10, 30)}
    if kind == PaperKind.PAYMENT_NOTICE:
        billing.charge_item(statement=case.statement, code="MAP_COPY", by=cast.colleague(Role.COUNTER_CLERK))
    if kind == PaperKind.TERMINATION_AGREEMENT:
        Termination.objects.create(
            application=case,
            reason="项目停建",
            works_done="沟槽开挖 60 米",
            kept=Decimal("40000.00"),
            asked_by=cast.colleague(Role.COUNTER_CLERK),
        )
        case.suspended = True
    return {}


def printed(kind: PaperKind, case: Application, *, draft: bool = False, **extra: Any) -> bytes:
    extra = needed(kind, case) | extra
    return render(kind, case, draft=draft, verify_code=CODE, issued_on=DAY, **extra)


def pages(pdf: bytes) -> list[str]:
    """The words of each page in the order of printing, without the blanks between them."""
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return [re.sub(r"\s+", "", page) for page in done.stdout.decode().split("\f")[:-1]]


def text(kind: PaperKind, case: Application, **extra: Any) -> str:
    return "".join(pages(printed(kind, case, **extra)))


# -- every paper -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PaperKind)
def test_every_paper_names_case_and_code_on_each_page_and_leaves_nothing_open(
    kind: PaperKind, case: Application
) -> None:
    sheets = pages(printed(kind, case))
    for number, sheet in enumerate(sheets, start=1):
        assert f"受理编号{case.number}" in sheet
        assert f"校验码{CODE}" in sheet
        assert f"第{number}页共{len(sheets)}页" in sheet
    whole = "".join(sheets)
    assert kind.declaration.title_zh in whole
    assert UTILITY["name"].default in whole
    for broken in ("None", "{{", "{%", "待填", "稿", "&lt;", "&amp;"):
        assert broken not in whole


@pytest.mark.parametrize("kind", PaperKind)
def test_papers_that_show_a_number_in_full_are_declared_personal(kind: PaperKind, case: Application) -> None:
    """In common: personal data (identity numbers, telephones) are read by whose step needs them, on record."""
    form, who = case.new_connection, case.applicant
    form.agent_name, form.agent_identity_number, form.agent_telephone = "演示代办", "110101199003070011", "13911112222"
    private = {who.identity_number, who.telephone, form.agent_identity_number, form.agent_telephone}
    whole = text(kind, case)
    assert any(number in whole for number in private) == kind.declaration.personal


def test_fonts_are_embedded_and_every_glyph_is_known(case: Application) -> None:
    pdf = printed(PaperKind.SUPPLY_AGREEMENT, case)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        fonts = [font for page in opened.pages for font in page.Resources.Font.values()]
        assert {str(font.BaseFont).partition("+")[2] for font in fonts} == {
            "Hall-Serif",
            "Hall-Serif-Bold",
            "Hall-Sans",
            "Hall-Sans-Bold",
        }
        assert all("/FontFile2" in font.DescendantFonts[0].FontDescriptor for font in fonts)
        assert all("/ToUnicode" in font for font in fonts)
    assert "\ufffd" not in "".join(pages(pdf))


@pytest.mark.parametrize("kind", [PaperKind.SETTLEMENT, PaperKind.RECEIPT])
def test_a_draft_is_marked_on_every_page(kind: PaperKind, case: Application) -> None:
    for sheet in pages(printed(kind, case, draft=True)):
        assert set("草稿") <= set(sheet), "slanted words come out of the page sign by sign"


def test_a_settlement_says_why_less_goes_back_where_the_fee_was_let_off(case: Application) -> None:
    """NC-8: what was let off was not paid, and is not given back."""
    billing.reverse_charges(
        statement=case.statement, source_prefix="settlement:", reason="x", by=cast.colleague(Role.DESIGNER)
    )
    billing.reduce(
        statement=case.statement,
        amount=BUDGET - 50,
        description="工程款",
        source="budget:1",
        reason="困难企业",
        by=cast.colleague(Role.COUNTER_CLERK),
        approved_by=cast.colleague(Role.RESPONSIBLE_LEADER),
    )
    lines = cast.cost_lines(BUDGET - 100)
    engineering.save_settlement(project=case.project, by=cast.colleague(Role.DESIGNER), lines=lines)
    whole = text(PaperKind.SETTLEMENT, case)
    assert "应退还用户¥50.00" in whole
    assert "决算低于预算¥100.00" in whole


def test_the_same_facts_give_the_same_bytes_in_every_language(case: Application) -> None:
    first = printed(PaperKind.SETTLEMENT, case)
    with translation.override("en"):
        assert printed(PaperKind.SETTLEMENT, case) == first


def test_a_paper_issued_anew_has_a_number_of_its_own(case: Application) -> None:
    number = f"SG-{case.number}"
    assert f"{number}-2" not in text(PaperKind.CONSTRUCTION_AGREEMENT, case)
    assert f"{number}-2" in text(PaperKind.CONSTRUCTION_AGREEMENT, case, version=2)


def test_every_kind_is_declared_and_has_its_context_and_a_prefix_of_its_own() -> None:
    assert set(DECLARATIONS) == set(CONTEXTS) == set(PaperKind)
    assert len({declaration.prefix for declaration in DECLARATIONS.values()}) == len(PaperKind)
    assert {kind for kind in PaperKind if kind.declaration.signed} == {
        PaperKind.APPLICATION_FORM,
        PaperKind.CONSTRUCTION_AGREEMENT,
        PaperKind.SUPPLY_AGREEMENT,
        PaperKind.TERMINATION_AGREEMENT,
    }


@pytest.mark.parametrize(
    ("table", "choices"),
    [
        (words.CUSTOMER_KIND, CustomerKind),
        (words.IDENTITY_KIND, IdentityKind),
        (words.KIND_OF_USE, KindOfUse),
        (words.BILLING_CYCLE, BillingCycle),
        (words.DOCUMENT, DocumentKind),
        (words.FINDING, HandedInDocument.Finding),
        (words.PERMIT, PermitKind),
        (words.PERMIT_AUTHORITY, PermitKind),
        (words.COST_CATEGORY, CostCategory),
        (words.RED_LINE, RedLine),
        (words.PAYER, Payer),
        (words.FORMALITY, FormalityKind),
        (words.FORMALITY_STATUS, FormalityStatus),
        (words.PARTY, Party),
        (PAY_METHOD, PayMethod),
    ],
)
def test_papers_have_a_word_for_every_choice(table: dict[str, str], choices: type[models.TextChoices]) -> None:
    assert set(table) == set(choices.values)


def test_markup_in_names_is_printed_as_text(case: Application) -> None:
    case.applicant.name = "<b>滨江</b>&食品<script>"
    assert "<b>滨江</b>&食品<script>" in text(PaperKind.WATER_ON_NOTICE, case)
    assert "<b>滨江</b>&食品<script>" in text(PaperKind.CONSTRUCTION_AGREEMENT, case)


# -- what is missing -------------------------------------------------------------------------------


def test_a_paper_in_force_is_refused_by_naming_all_that_is_missing(case: Application) -> None:
    case.new_connection.works_start = case.new_connection.works_end = None
    case.applicant.legal_representative = ""
    with translation.override("en"), pytest.raises(ValidationError) as refusal:
        printed(PaperKind.CONSTRUCTION_AGREEMENT, case)
    said = "".join(refusal.value.messages)
    for field in ("legal representative", "works agreed to start", "works agreed to end"):
        assert said.count(field) == 1


def test_a_draft_shows_what_is_missing_as_an_open_place(case: Application) -> None:
    case.new_connection.works_start = None
    assert "开工日期：（待填）" in text(PaperKind.CONSTRUCTION_AGREEMENT, case, draft=True)


@pytest.mark.django_db
def test_a_paper_of_works_not_yet_recorded_is_refused(django_db_blocker: Any, finished: Application) -> None:
    with transaction.atomic():
        tour = Tour(amount=BUDGET, settlement=BUDGET, try_early=False)
        tour.start()
        for kind in (PaperKind.BUDGET, PaperKind.SURVEY_SHEET, PaperKind.WATER_ON_NOTICE, PaperKind.RECEIPT):
            with pytest.raises(ValidationError):
                printed(kind, tour.case, draft=True)


def test_gaps_are_found_however_deep() -> None:
    gap = formats.need(None, "price")
    assert list(formats.gaps({"rows": [{"cells": (gap, "x")}], "y": formats.given(None)})) == [gap]


# -- intake ----------------------------------------------------------------------------------------


def test_acceptance_receipt_tells_what_was_handed_in_who_took_it_and_each_time_limit(case: Application) -> None:
    """NC-2."""
    slip = text(PaperKind.ACCEPTANCE_RECEIPT, case)
    for document in case.documents.all():
        assert words.DOCUMENT[document.kind] in slip
        assert document.received_by.name.replace(" ", "") in slip
    assert f"查询码{CODE}" in slip.replace("：", "")
    limits = {(row["clause"], row["within"]) for row in promises(case)}
    assert {("NC-4a", "7 个工作日内"), ("NC-4b", "5 个工作日内"), ("NC-4c", "5 个工作日内")} <= limits
    assert ("NC-11", "30 日内") in limits
    clocks = [stop.clock.clause for stop in case.route if stop.clock] + [a.rule.clause for a in case.route.anchored]
    assert [row["clause"] for row in promises(case)] == clocks


def test_one_time_notice_lists_every_shortcoming_and_the_day(case: Application) -> None:
    """NC-C1."""
    faulty = HandedInDocument(kind=DocumentKind.PROPERTY_CERTIFICATE, finding="faulty", fault="第二页缺失")
    lines = [
        ChecklistLine(DocumentKind.PROPERTY_CERTIFICATE, faulty),
        ChecklistLine(DocumentKind.LOCATION_MAP, None),
    ]
    slip = text(PaperKind.ONE_TIME_NOTICE, case, lines=lines)
    assert "不动产权属证书复印件需补正第二页缺失" in slip
    assert "规划定点图未提交" in slip
    assert "2026年10月30日" in slip


def test_one_time_notice_is_refused_when_nothing_is_missing(case: Application) -> None:
    with pytest.raises(ValidationError):
        render(PaperKind.ONE_TIME_NOTICE, case, draft=False, verify_code=CODE)


def test_permits_notice_names_both_permits_until_one_is_found_needless(case: Application) -> None:
    """NC-4b."""
    case.project.permits.all().delete()
    notice = permits_notice(case, issued_on=DAY)
    assert [line["status"] for line in notice["permits"]] == ["待办理", "待办理"]
    case.project.permits.create(
        kind=PermitKind.ROAD_OPENING,
        status=PermitStatus.NOT_NEEDED,
        note="绿地内施工",
        recorded_by=cast.colleague(Role.DESIGNER),
    )
    assert [line["name"] for line in permits_notice(case, issued_on=DAY)["permits"]] == ["规划定线"]


# -- money -----------------------------------------------------------------------------------------


def test_amounts_stand_in_figures_and_in_capitals(case: Application) -> None:
    for kind, amount in (
        (PaperKind.BUDGET, BUDGET),
        (PaperKind.CONSTRUCTION_AGREEMENT, BUDGET),
        (PaperKind.SETTLEMENT, SETTLEMENT),
        (PaperKind.SETTLEMENT, SETTLEMENT - BUDGET),
        (PaperKind.RECEIPT, SETTLEMENT - BUDGET),
    ):
        whole = text(kind, case)
        assert yuan(amount) in whole
        assert rmb_capitals(amount) in whole


def test_payment_notice_asks_what_is_left_until_the_pay_by_day(case: Application) -> None:
    """NC-5: what was paid is taken off, and the item carries its legal basis."""
    slip = text(PaperKind.PAYMENT_NOTICE, case)
    line = case.statement.lines.get(source="item:MAP_COPY")
    assert slip.count(yuan(line.amount)) == 2, "as the item and as what is left"
    assert rmb_capitals(line.amount) in slip
    last = calendar().working_day_from(DAY + timedelta(days=terms.PAY_BY_DAYS.default))
    assert formats.day(last) in slip


def test_the_agreement_names_what_the_applicant_pays_outside_the_red_line(case: Application) -> None:
    """国办函〔2020〕129号: the promise of article 7 does not contradict the table above it."""
    with_nothing = text(PaperKind.CONSTRUCTION_AGREEMENT, case)
    assert "红线外部分" not in with_nothing
    assert "已经取消的收费" in with_nothing
    shared = shares([BudgetLine(red_line="outside", payer="applicant", amount=Decimal("300.00"))])
    assert shared["outside"] == "¥300.00"


def test_the_acceptance_receipt_leaves_clause_codes_out(case: Application) -> None:
    assert "NC-4" not in text(PaperKind.ACCEPTANCE_RECEIPT, case)


def test_payment_notice_is_refused_when_nothing_is_owed(case: Application) -> None:
    with pytest.raises(ValidationError):
        render(PaperKind.PAYMENT_NOTICE, case, draft=False, verify_code=CODE)


def test_receipt_names_what_it_settles_in_the_order_of_asking(case: Application) -> None:
    first, second = [line.receipt for line in case.statement.lines.filter(kind="payment").order_by("pk")]
    assert receipt_context(case, issued_on=DAY, receipt=first)["about"].startswith("工程款")
    assert receipt_context(case, issued_on=DAY, receipt=second)["about"].startswith("工程决算差额")
    assert receipt_context(case, issued_on=DAY)["receipt"]["number"] == second.number


def test_a_reprinted_receipt_says_so_on_both_parts(case: Application) -> None:
    assert text(PaperKind.RECEIPT, case).count("副本") == 0
    assert text(PaperKind.RECEIPT, case, copy=2).count("副本（第2份）2026年10月14日打印") == 2


@pytest.mark.parametrize(
    ("settled", "words_of_it", "sign"),
    [("131250.35", "用户应补缴", "+"), ("120000.00", "应退还用户", "−"), ("128000.00", "无需补退", "")],
)
def test_settlement_says_who_pays_the_difference(case: Application, settled: str, words_of_it: str, sign: str) -> None:
    """NC-8: 多退少补."""
    engineering.save_settlement(
        project=case.project, by=cast.colleague(Role.DESIGNER), lines=cast.cost_lines(Decimal(settled))
    )
    whole = text(PaperKind.SETTLEMENT, case)
    assert words_of_it in whole
    assert signed(Decimal(settled) - BUDGET) in whole
    assert signed(Decimal(settled) - BUDGET).startswith(sign or "¥")


def test_shares_add_up_on_both_sides_of_the_red_line() -> None:
    lines = [
        BudgetLine(amount=Decimal("0.10"), red_line=RedLine.INSIDE, payer=Payer.APPLICANT),
        BudgetLine(amount=Decimal("0.20"), red_line=RedLine.OUTSIDE, payer=Payer.APPLICANT),
        BudgetLine(amount=Decimal("0.40"), red_line=RedLine.OUTSIDE, payer=Payer.UTILITY),
    ]
    told = shares(lines)
    assert [(row["applicant"], row["utility"], row["both"]) for row in told["rows"]] == [
        ("¥0.10", "¥0.00", "¥0.10"),
        ("¥0.20", "¥0.40", "¥0.60"),
    ]
    assert told["total"]["capitals"] == "人民币柒角整"


def test_sixty_lines_keep_their_heading_on_every_page_and_their_signatures_with_the_sums(case: Application) -> None:
    lines = [
        {
            "category": list(CostCategory)[number % 7],
            "description": f"第{number}项：球墨铸铁管 DN150，T 型承插接口（含橡胶圈、防腐和检测）",
            "quantity": Decimal("98765.432"),
            "unit": "平方米",
            "unit_price": Decimal("12345.67"),
            "red_line": RedLine.OUTSIDE,
            "payer": Payer.UTILITY,
        }
        for number in range(60)
    ]
    engineering.save_budget(project=case.project, by=cast.colleague(Role.DESIGNER), lines=lines)
    sheets = pages(printed(PaperKind.BUDGET, case))
    assert len(sheets) > 2
    assert all("项目名称及规格" in page for page in sheets if "球墨铸铁管DN150" in page)
    assert all(f"第{number}项" in "".join(sheets) for number in range(60))
    assert "费用承担汇总" in sheets[-1]
    assert "批准人签名" in sheets[-1]


# -- agreements ------------------------------------------------------------------------------------


NUMBERS = [*"一二三四五六七八九十", *(f"十{sign}" for sign in "一二三四五六七八")]


def headings(kind: PaperKind, *, without: str = "") -> list[str]:
    """The articles of an agreement as they must be numbered: 第一条工程概况, 第二条工程范围 …"""
    titles = re.findall(r'<h2 id="(\w+)">(.+?)</h2>', get_template(kind.template).template.source)
    kept = [title for anchor, title in titles if anchor != without]
    return [f"第{number}条{title}" for number, title in zip(NUMBERS[: len(kept)], kept, strict=True)]


def test_construction_agreement_holds_what_the_civil_code_asks_for(case: Application) -> None:
    """Civil Code art. 795."""
    whole = text(PaperKind.CONSTRUCTION_AGREEMENT, case)
    for matter in (
        "工程范围",
        "建设工期",
        "中间交工工程",
        "工程质量",
        "工程造价",
        "技术资料的交付",
        "材料和设备的供应",
        "付款和结算",
        "竣工验收",
        "质量保修",
        "协作和通知",
        "第七百八十九条",
        "多退少补",
        "建筑区划红线",
    ):
        assert matter in whole
    form = case.new_connection
    assert formats.day(form.works_start) in whole
    assert formats.day(form.works_end) in whole
    assert case.applicant.identity_number in whole
    assert "一式肆份，甲方、乙方各执贰份" in whole
    assert not [heading for heading in headings(PaperKind.CONSTRUCTION_AGREEMENT) if heading not in whole]
    assert "按照第十三条办理" in whole


def test_construction_agreement_is_signed_on_the_page_of_its_last_article(case: Application) -> None:
    for kind, last in (
        (PaperKind.CONSTRUCTION_AGREEMENT, "生效、附件和文本"),
        (PaperKind.SUPPLY_AGREEMENT, "其他约定和文本"),
    ):
        page = pages(printed(kind, case))[-1]
        assert last in page
        assert page.count("（盖章）") == 2
        assert page.count("日期：") == 2


def test_construction_agreement_says_how_the_fee_stands(case: Application) -> None:
    """NC-5: paid by receipts, free, or still to be paid."""
    paid = construction_agreement(case, issued_on=DAY)["payment"]
    assert paid["state"] == "paid"
    assert case.statement.lines.filter(kind="payment").order_by("pk")[0].receipt.number in paid["receipts"]
    billing.charge_item(statement=case.statement, code="MAP_COPY", by=cast.colleague(Role.COUNTER_CLERK))
    assert construction_agreement(case, issued_on=DAY)["payment"]["state"] == "owing"
    free = [{**line, "payer": Payer.UTILITY} for line in cast.cost_lines(BUDGET)]
    engineering.save_budget(project=case.project, by=cast.colleague(Role.DESIGNER), lines=free)
    assert construction_agreement(case, issued_on=DAY)["payment"]["state"] == "free"
    assert "无需承担工程款" in text(PaperKind.CONSTRUCTION_AGREEMENT, case)


def test_supply_agreement_holds_what_the_civil_code_asks_for(case: Application) -> None:
    """Civil Code arts. 648 to 656, Electronic Signature Law art. 3."""
    whole = text(PaperKind.SUPPLY_AGREEMENT, case)
    account = case.account
    assert account is not None
    assert account.meter is not None
    for matter in (
        "第六百四十八条至第六百五十六条",
        "用水性质",
        "水压和水质",
        "履行地点",
        "水表检定",
        "水资源费（税）",
        "污水处理费",
        "交费截止日",
        "产权分界",
        "停止供水和恢复供水",
        "不以电子签名的文书代替",
        "违约责任",
        "争议的解决",
        "个人信息的保护",
        account.number,
        account.meter.number,
        words.BILLING_CYCLE[account.cycle],
    ):
        assert matter in whole
    assert re.search(r"\d+\.\d{3}\d+\.\d{3}\d+\.\d{3}\d+\.\d{3}", whole), "four prices of three decimals"
    expected = headings(PaperKind.SUPPLY_AGREEMENT, without="deposit")
    assert not [heading for heading in expected if heading not in whole]
    assert "依照第九条停止供水的除外" in whole
    assert "保证金" not in whole


def test_supply_agreement_names_every_tier_and_the_allowance(case: Application) -> None:
    """Prices of a calendar year's use: 以下 and 至 include their figure, 超过 does not (Civil Code art. 1259)."""
    assert case.account is not None
    case.account.kind_of_use = "residential"
    prices = supply_agreement(case, issued_on=DAY)["prices"]
    assert [(tier["range"], tier["total"]) for tier in prices["tiers"]] == [
        ("180以下", "5.000"),
        ("超过180至260", "7.000"),
        ("超过260", "9.000"),
    ]
    assert prices["allowance"] == {"member": 5, "m3": "54"}
    case.account.kind_of_use = "non_residential"
    flat = supply_agreement(case, issued_on=DAY)["prices"]
    assert [tier["range"] for tier in flat["tiers"]] == ["不分阶梯"]
    assert flat["allowance"] is None


def test_supply_agreement_promises_the_late_charge_that_is_taken(case: Application) -> None:
    """NC-9: rate, start and cap are those by which bills are reckoned; switched off, nothing is promised."""
    today = timezone.localdate()
    whole = text(PaperKind.SUPPLY_AGREEMENT, case)
    assert "自交费截止日的次日起，每逾期一日按照欠费金额的0.5‰支付违约金" in whole
    assert "违约金累计不超过所欠水费的本金。" in whole
    changes = [(LATE_CHARGE_PERMILLE, "5"), (LATE_CHARGE_START, 10), (LATE_CHARGE_CAP_PERCENT, "30")]
    for policy, value in changes:
        policies.set_policy(policy=policy, value=value, effective_from=today, by=None)
    whole = text(PaperKind.SUPPLY_AGREEMENT, case)
    assert "自交费截止日后第10日起，每逾期一日按照欠费金额的5‰支付违约金" in whole
    assert "违约金累计不超过所欠水费本金的30%。" in whole
    policies.set_policy(policy=LATE_CHARGES, value=False, effective_from=today, by=None)
    assert "每逾期一日按照欠费金额" not in text(PaperKind.SUPPLY_AGREEMENT, case)


def test_supply_agreement_names_the_deposit_of_a_large_user_and_keeps_its_references(case: Application) -> None:
    """NC-C5: an article more, so every later number moves and every reference with it."""
    reckon = "applications.papers.contexts.agreements.deposit_to_reckon"
    with pytest.MonkeyPatch.context() as due:
        due.setattr(reckon, lambda case: True)
        with pytest.raises(ValidationError):
            printed(PaperKind.SUPPLY_AGREEMENT, case)
    deposit = billing.charge_deposit(
        statement=case.statement,
        clause="NC-C5",
        monthly_m3=Decimal("450"),
        kind_of_use=case.new_connection.kind_of_use,
        by=cast.colleague(Role.COUNTER_CLERK),
    )
    whole = text(PaperKind.SUPPLY_AGREEMENT, case)
    assert yuan(deposit.amount) in whole
    assert rmb_capitals(deposit.amount) in whole
    assert not [heading for heading in headings(PaperKind.SUPPLY_AGREEMENT) if heading not in whole]
    assert "依照第十条停止供水的除外" in whole


def test_the_terms_are_those_of_the_day_of_acceptance(case: Application) -> None:
    """Policies in force on the day a request is accepted hold for the whole case."""
    today = timezone.localdate()
    policies.set_policy(policy=terms.WARRANTY_YEARS, value=5, effective_from=today, by=None)
    assert construction_agreement(case, issued_on=today)["warranty_years"] == 5
    case.accepted_on = today - timedelta(days=1)
    assert construction_agreement(case, issued_on=today)["warranty_years"] == 2


# -- figures and words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "written"), [("12.500", "12.5"), ("1200", "1,200"), ("0.140", "0.14"), ("100", "100"), ("0", "0")]
)
def test_figures_lose_their_idle_zeros_only(figure: str, written: str) -> None:
    assert formats.plain(Decimal(figure)) == written


@pytest.mark.parametrize(("count", "written"), [(2, "贰"), (4, "肆"), (10, "壹拾"), (12, "壹拾贰"), (20, "贰拾")])
def test_copies_are_counted_in_capitals(count: int, written: str) -> None:
    assert formats.copies(count) == written


@pytest.mark.parametrize("count", [0, -2, 100])
def test_copies_out_of_reason_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="copies"):
        formats.copies(count)
