"""Deposits of cases that were over before today: held, due soon, overdue, paid back, set off, to be forfeited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import time_machine
from django.utils import timezone

from accounts.models import MeterAccount
from accounts.roles import Role
from applications.demo.people import member
from applications.tour.cast import scan
from billing import selectors as ledger
from billing import services as billing
from billing.deposit_kinds import months_later
from billing.models import Bill, Deposit, DepositOrder, PayMethod

EXPECTED_M3 = Decimal(120)


@dataclass(frozen=True)
class Plot:
    """A deposit: its clause, how many days ago its due day was (below zero: still to come), and what happened since."""

    clause: str
    overdue: int
    then: Callable[[Deposit], object] | None = None
    owing: bool = False  # its holder has an unpaid bill


def create_deposits() -> None:
    """One of each fate, for accounts of the demo; through the services, each on its day."""
    plots = (
        Plot("NC-C5", -200),
        Plot("NC-C5", -12),
        Plot("NC-C5", 20),
        Plot("NC-C5", 6, owing=True),
        Plot("HM-5", -9),
        Plot("NC-C5", 35, _pay_back),
        Plot("NC-C5", 2, _prepare),
        Plot("NC-C5", 15, _set_off, owing=True),
        Plot("NC-C5", -90, _ask_forfeiture),
    )
    owing = list(_accounts(owing=True))
    punctual = [account for account in _accounts(owing=False) if not _late(account)]
    for place, plot in enumerate(plots, start=1):
        chosen = owing if plot.owing else punctual
        if not chosen:  # a smaller demo has fewer accounts, and fewer deposits
            continue
        account = chosen.pop(0)
        deposit = _held(place, plot, account)
        if plot.then is not None:
            plot.then(deposit)


def _accounts(*, owing: bool) -> list[MeterAccount]:
    unpaid = Bill.objects.unpaid().values("account")
    found = MeterAccount.objects.filter(bills__isnull=False).distinct().order_by("number").select_related("holder")
    return list((found.filter(pk__in=unpaid) if owing else found.exclude(pk__in=unpaid))[:40])


def _late(account: MeterAccount) -> bool:
    return any(
        payment.happened_on > payment.bill.pay_by
        for bill in account.bills.all()
        for payment in bill.payments.select_related("bill")
    )


def _held(place: int, plot: Plot, account: MeterAccount) -> Deposit:
    """Charged and paid before its term began, so long ago that it is due as its plot says."""
    due = timezone.localdate() - timedelta(days=plot.overdue)
    begun = due - timedelta(days=30) if plot.clause == "HM-5" else months_later(due, -12)
    with time_machine.travel(_morning(begun - timedelta(days=3)), tick=True):
        clerk, cashier = member(Role.COUNTER_CLERK), member(Role.CASHIER)
        statement = billing.open_statement(
            reference=f"{plot.clause[:2]}-{begun.year}-{900 + place:06d}",
            title="已办结的申请（演示）",
            customer=account.holder,
            by=clerk,
        )
        deposit = billing.charge_deposit(
            statement=statement,
            clause=plot.clause,
            monthly_m3=EXPECTED_M3,
            kind_of_use=account.kind_of_use,
            account=account,
            by=clerk,
        )
        billing.record_payment(
            statement=statement,
            amount=deposit.amount,
            method=PayMethod.TRANSFER,
            reference=f"演示转账 {statement.reference}",
            by=cashier,
        )
        billing.begin_deposit_terms(statement=statement, on=begun, by=clerk)
        billing.end_statement(statement=statement, by=clerk)
    deposit.refresh_from_db()
    return deposit


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(10)))


def _holder(deposit: Deposit) -> billing.Collector:
    holder = deposit.statement.customer
    return billing.Collector(name=holder.name, identity_number=holder.identity_number)


def _prepare(deposit: Deposit) -> DepositOrder:
    return billing.prepare_refund(
        deposit=deposit, collector=_holder(deposit), signed=scan("refund"), by=member(Role.BUSINESS_CLERK)
    )


def _pay_back(deposit: Deposit) -> None:
    with time_machine.travel(_morning(timezone.localdate() - timedelta(days=7)), tick=True):
        moves = billing.pay_out_deposit(
            order=_prepare(deposit),
            method=PayMethod.TRANSFER,
            reference=f"演示退款 {deposit.statement.reference}",
            by=member(Role.CASHIER),
        )
        for move in moves:
            billing.issue_deposit_voucher(move=move, by=member(Role.CASHIER))


def _set_off(deposit: Deposit) -> None:
    order = billing.prepare_offset(
        deposit=deposit,
        bills=list(ledger.bills_to_offset(deposit)),
        rest=DepositOrder.Rest.KEEP,
        collector=_holder(deposit),
        signed=scan("offset"),
        reason="用户书面申请以保证金抵扣所欠水费（演示）",
        by=member(Role.BUSINESS_CLERK),
    )
    if order.waits_for == "decision":
        billing.decide_deposit_order(order=order, grant=True, opinion="同意", by=member(Role.BUSINESS_MANAGER))
    for move in billing.pay_out_deposit(order=order, by=member(Role.CASHIER)):
        billing.issue_deposit_voucher(move=move, by=member(Role.CASHIER))


def _ask_forfeiture(deposit: Deposit) -> None:
    billing.ask_forfeiture(
        deposit=deposit, reason="用户擅自转供水，经两次书面催告未改正（演示）", by=member(Role.BUSINESS_CLERK)
    )
