"""Papers of the till: receipts, a cashier's day sheet, vouchers of deposits, printed without knowing of cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone, translation

from billing.models import DaySheet, DepositMove, LineKind, PayMethod, Receipt, Statement, StatementLine
from waterservice.masking import mask_identity
from waterservice.money import ZERO, yuan
from waterservice.papers import NOTHING, day, given, moment, money
from waterservice.pdf import qr_svg, render_pdf
from waterservice.utility import utility_on

RECEIPT_TITLE = "收款收据"
DAY_SHEET_TITLE = "收费员日结单"
# Papers are Chinese in whatever language the screens are shown.
PAY_METHOD = {
    "cash": "现金",
    "card": "银行卡",
    "transfer": "银行转账",
    "wechat": "微信支付",
    "alipay": "支付宝",
    "deposit": "保证金抵扣",
}
DEPOSIT_NAME = {
    "NC-C5": "大用水量自然人用户保证金",
    "HM-5": "一户一表用户保证金",
    "OT-2": "开发单位过户保证金",
}
NAMED = 6  # water bills that a receipt names one by one


# -- receipts ----------------------------------------------------------------------------------------------


def receipt_pdf(receipt: Receipt, *, copy: int, verify_code: str) -> bytes:
    """A receipt as a PDF, or its copy number `copy`. Raises ValidationError for a sign that no font has."""
    today = timezone.localdate()
    return _receipt_pdf(receipt_words(receipt, copy=copy, printed_on=today), receipt, today, verify_code)


def receipt_seen_pdf(receipt: Receipt, *, verify_code: str) -> bytes:
    """A receipt as somebody sees it who looks at it later: marked, so that it passes for no second one."""
    today = timezone.localdate()
    words = receipt_words(receipt, copy=0, printed_on=today)
    words["copy"] = f"屏幕查看件　{day(today)}查看　不作收款凭证"
    return _receipt_pdf(words, receipt, today, verify_code)


def _receipt_pdf(context: dict[str, Any], receipt: Receipt, today: date, verify_code: str) -> bytes:
    context["utility"] = utility_on(today)
    context["paper"] = {
        "title": RECEIPT_TITLE,
        "reference": receipt.number,
        "label": context["label"],
        "case_number": receipt.reference,
        "issued_on": day(today),
        "draft": False,
        "verify_code": verify_code,
        "qr": qr_svg(verify_code),
    }
    with translation.override("zh-hans"):
        return render_pdf("documents/receipt.html", context)


def receipt_words(receipt: Receipt, *, copy: int, printed_on: date) -> dict[str, Any]:
    """What a receipt says; `copy` counts the copies from 1, zero is the receipt itself."""
    if receipt.line is not None:
        paid_on, label, about = (
            receipt.line.happened_on,
            "受理编号",
            "、".join(settled_items(receipt.line)) or "预缴款项",
        )
    else:
        taken = receipt.bill_payments.filter(reverses__isnull=True).select_related("bill", "late_charge")
        paid = list(taken.order_by("pk"))
        paid_on, label = paid[0].happened_on, "户号"
        periods = [f"{day(row.bill.period_start)}至{day(row.bill.period_end)}" for row in paid]
        more = f"等 {len(periods)} 期" if len(periods) > NAMED else ""
        about = f"水费：{'；'.join(periods[:NAMED])}{more}"
        late = sum((row.taken - row.amount for row in paid), ZERO)
        about += f"；其中违约金 {yuan(late)}" if late else ""
    return {
        "receipt": {
            "number": receipt.number,
            "payer": receipt.payer,
            "amount": money(receipt.amount),
            "method": PAY_METHOD[receipt.method],
            "reference": given(receipt.slip),
            "paid_on": day(paid_on),
            "issued_by": receipt.issued_by.name,
        },
        "label": label,
        "about": about,
        "copy": f"副本（第 {copy} 份）　{day(printed_on)}打印" if copy else "",
        "void": "已冲正作废" if receipt.reversed_at else "",
        "parts": ["第一联　交付款人", "第二联　存根"],
    }


def standing_lines(statement: Statement) -> list[StatementLine]:
    """The lines of a statement without those that were reversed, and without the reversals."""
    lines = statement.lines.filter(reversal__isnull=True, reverses__isnull=True)
    return list(lines.select_related("receipt", "deposit"))


def item_name(line: StatementLine) -> str:
    """What a line asks for in the words of the papers; a price item is called as in the price list."""
    source, _colon, about = line.source.partition(":")
    names = {
        "budget": f"工程款（按工程预算书第 {about} 版）",
        "settlement": f"工程决算差额（按工程决算书第 {about} 版）",
        "termination": "工程款差额（按终止协议）",
        "deposit": "用水保证金",
        "forfeit": "不予退还的用水保证金",
    }
    name = names.get(source, line.description)
    if line.kind != LineKind.REDUCTION or source in ("settlement", "termination"):
        return name
    return f"转出：{name}" if source == "deposit" else f"减免：{name}"


def settled_items(payment: StatementLine) -> list[str]:
    """The items that a payment settles: what is asked is settled in the order in which it was asked."""
    earlier = [line for line in standing_lines(payment.statement) if line.pk < payment.pk]
    credited = -sum((line.amount for line in earlier if line.kind != LineKind.CHARGE), ZERO)
    names, upto = [], ZERO
    for line in earlier:
        if line.kind == LineKind.CHARGE:
            start, upto = upto, upto + line.amount
            if start < credited - payment.amount and upto > credited:
                names.append(item_name(line))
    return list(dict.fromkeys(names))


# -- the day sheet -----------------------------------------------------------------------------------------


def day_sheet_pdf(sheet: DaySheet) -> bytes:
    """A closed day sheet as a PDF, from what was kept at the closing: the same bytes whenever it is printed."""
    assert sheet.closed_at is not None
    counts = list(sheet.counts.all())
    context = {
        "utility": utility_on(sheet.day),
        "paper": {
            "title": DAY_SHEET_TITLE,
            "label": "收费员",
            "case_number": sheet.cashier.name,
            "reference": sheet.day.isoformat(),
            "issued_on": day(sheet.day),
            "draft": False,
            "verify_code": NOTHING,
        },
        "cashier": sheet.cashier.name,
        "day": day(sheet.day),
        "closed": f"{sheet.closed_by} {moment(sheet.closed_at)}",
        "countersigned": (
            f"{sheet.countersigned_by} {moment(sheet.countersigned_at)}" if sheet.countersigned_at else ""
        ),
        "counts": [
            {
                "method": PAY_METHOD[count.method],
                "recorded": yuan(count.recorded),
                "counted": yuan(count.counted),
                "difference": yuan(count.difference),
                "explanation": given(count.explanation),
            }
            for count in counts
        ],
        "recorded": yuan(sum((count.recorded for count in counts), ZERO)),
        "counted": yuan(sum((count.counted for count in counts), ZERO)),
        "difference": yuan(sum((count.difference for count in counts), ZERO)),
        "notes": [{"note": yuan(note), "count": count, "sum": yuan(note * count)} for note, count in sheet.notes],
        "lines": [_printed(line) for line in sheet.lines],
    }
    with translation.override("zh-hans"):
        return render_pdf("documents/day_sheet.html", context)


def _printed(line: dict[str, Any]) -> dict[str, str]:
    amount, late = Decimal(line["amount"]), Decimal(line["late_charge"])
    return {
        "receipt": given(line["receipt"]),
        "reference": line["reference"],
        "payer": line["payer"],
        "method": PAY_METHOD[PayMethod(line["method"])],
        "slip": line["slip"],
        "in": yuan(amount) if amount > 0 else "",
        "out": yuan(-amount) if amount < 0 else "",
        "reason": line["reason"],
        "late": yuan(abs(late)) if late else "",
    }


# -- vouchers of deposits ----------------------------------------------------------------------------------

DEPOSIT_TITLE = {"refund": "保证金退款凭证", "offset": "保证金抵扣水费凭证", "forfeit": "保证金不予退还通知书"}


def deposit_voucher_pdf(move: DepositMove, *, verify_code: str) -> bytes:
    """What became of a deposit, for its holder, as a PDF. Raises ValidationError for a sign that no font has."""
    on = timezone.localdate(move.recorded_at)
    context = deposit_voucher_words(move)
    context["utility"] = utility_on(on)
    context["paper"] = {
        "title": DEPOSIT_TITLE[move.way],
        "reference": move.number,
        "label": "受理编号",
        "case_number": move.deposit.statement.reference,
        "issued_on": day(on),
        "draft": False,
        "verify_code": verify_code,
        "qr": qr_svg(verify_code),
    }
    with translation.override("zh-hans"):
        return render_pdf("documents/deposit_voucher.html", context)


def deposit_voucher_words(move: DepositMove) -> dict[str, Any]:
    """What a voucher says."""
    deposit, order = move.deposit, move.order
    earlier = sum((row.amount for row in deposit.moves.filter(pk__lt=move.pk)), ZERO)
    holder = deposit.statement.customer
    bills = []
    if move.receipt is not None:
        bills = [
            {
                "account": row.bill.account.number,
                "period": f"{day(row.bill.period_start)}至{day(row.bill.period_end)}",
                "amount": yuan(row.amount),
                "late": yuan(row.taken - row.amount),
            }
            for row in move.receipt.bill_payments.select_related("bill__account", "late_charge").order_by("pk")
        ]
    return {
        "holder": holder.name,
        "identity": mask_identity(holder.identity_number),
        "account": given(deposit.account, lambda account: account.number),
        "kind": DEPOSIT_NAME[deposit.clause],
        "basis": deposit.basis,
        "charged": yuan(deposit.amount),
        "charged_on": day(deposit.line.happened_on),
        "amount": money(move.amount),
        "left": yuan(deposit.amount - earlier - move.amount),
        "way": move.way,
        "method": PAY_METHOD.get(move.settled.method, ""),
        "slip": given(move.settled.reference),
        "receipt": move.receipt.number if move.receipt else "",
        "bills": bills,
        "reason": move.reason,
        "collector": order.collector_name,
        "collector_identity": mask_identity(order.collector_identity) if order.collector_identity else "",
        "by_agent": order.by_agent,
        "prepared_by": move.prepared_by.name,
        "approved_by": order.decider,
        "recorded_by": move.recorded_by.name,
        "moved_on": day(move.settled.happened_on),
    }
