"""The columns of a file of meter accounts, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import (
    AccountStatus,
    BillingCycle,
    Customer,
    IdentityKind,
    KindOfUse,
    Meter,
    MeterAccount,
    Premises,
    ReadingBook,
    Tenure,
)
from accounts.models.customers import clean_part
from waterservice.identifiers import check_telephone
from waterservice.imports import Column
from waterservice.text import Words

LARGEST_HOUSEHOLD = 99
DIGITS = Meter._meta.get_field("digits").default
METER_COLUMNS = ("calibre", "installed_on", "first_reading")


def _of(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field: models.Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    return field


def _part(name: str, chinese: str, english: str, about: Words = "", *, column: str = "", **rest: Any) -> Column:
    """The column of a part of a place, in its one spelling."""
    field, check = _of(Premises, name), partial(clean_part, name)
    return Column(column or name, field, chinese, english, about, check=check, **rest)


def check_account_number(number: str) -> str:
    """Six to twelve digits, leading zeros among them. Raises ValidationError."""
    if not re.fullmatch(r"\d{6,12}", number, re.ASCII):
        raise ValidationError(_("An account number has 6 to 12 digits."))
    return number


COLUMNS: Sequence[Column] = (
    Column(
        "number",
        _of(MeterAccount, "number"),
        "户号",
        "account number",
        gettext_lazy("6 to 12 digits as text; known once"),
        required=True,
        code=True,
        check=check_account_number,
        also=("用户编号", "用户号"),
    ),
    Column(
        "holder_name",
        _of(Customer, "name"),
        "户名",
        "holder",
        gettext_lazy("the same in every row of one identity number"),
        required=True,
        also=("用户名称", "用户姓名"),
    ),
    Column(
        "identity_kind",
        _of(Customer, "identity_kind"),
        "证件类型",
        "identity paper",
        gettext_lazy("its name or its code; a credit code makes an organisation"),
        required=True,
        words={
            "居民身份证": IdentityKind.RESIDENT_ID,
            "身份证": IdentityKind.RESIDENT_ID,
            "户口簿": IdentityKind.HOUSEHOLD_REGISTER,
            "护照": IdentityKind.PASSPORT,
            "回乡证": IdentityKind.HOME_RETURN_PERMIT,
            "台胞证": IdentityKind.TAIWAN_PERMIT,
            "军官证": IdentityKind.OFFICER_CARD,
            "统一社会信用代码": IdentityKind.CREDIT_CODE,
            "营业执照": IdentityKind.CREDIT_CODE,
        },
    ),
    Column(
        "identity_number",
        _of(Customer, "identity_number"),
        "证件号码",
        "identity number",
        gettext_lazy("with a right check digit; a customer known by it is used again"),
        required=True,
        code=True,
        also=("身份证号", "统一社会信用代码"),
    ),
    Column(
        "telephone",
        _of(Customer, "telephone"),
        "联系电话",
        "telephone",
        gettext_lazy("mobile or landline; the same in every row of one identity number"),
        required=True,
        check=check_telephone,
        also=("手机号",),
    ),
    Column(
        "second_telephone",
        _of(Customer, "second_telephone"),
        "备用电话",
        "second telephone",
        gettext_lazy("mobile or landline"),
        check=check_telephone,
    ),
    _part("district", "区", "district", required=True, also=("行政区", "区域")),
    _part("road", "路", "road", required=True, also=("道路", "街道")),
    _part("lane", "小区", "lane or estate", also=("弄", "巷", "lane")),
    _part(
        "number",
        "门牌号",
        "house number",
        gettext_lazy("6 is taken for 6号, as at the counter"),
        column="house_number",
        required=True,
    ),
    _part("room", "室号", "room", also=("房号",)),
    Column(
        "kind_of_use",
        _of(MeterAccount, "kind_of_use"),
        "用水性质",
        "kind of use",
        gettext_lazy("as on the tariff, or its code"),
        required=True,
        words={
            "居民": KindOfUse.RESIDENTIAL,
            "居民用水": KindOfUse.RESIDENTIAL,
            "非居民": KindOfUse.NON_RESIDENTIAL,
            "非居民用水": KindOfUse.NON_RESIDENTIAL,
            "特种": KindOfUse.SPECIAL,
            "特种用水": KindOfUse.SPECIAL,
            "合表": KindOfUse.SHARED_RESIDENTIAL,
            "合表居民": KindOfUse.SHARED_RESIDENTIAL,
            "执行居民价的非居民": KindOfUse.INSTITUTION_RESIDENTIAL,
        },
    ),
    Column(
        "cycle",
        _of(MeterAccount, "cycle"),
        "抄表周期",
        "billing cycle",
        gettext_lazy("every month, odd months or even months"),
        required=True,
        words={
            "每月": BillingCycle.MONTHLY,
            "单月": BillingCycle.ODD_MONTHS,
            "双月": BillingCycle.EVEN_MONTHS,
        },
    ),
    Column(
        "status",
        _of(MeterAccount, "status"),
        "状态",
        "status",
        gettext_lazy("active if empty; active needs a meter, closed its day"),
        words={
            "正常": AccountStatus.ACTIVE,
            "在用": AccountStatus.ACTIVE,
            "销户": AccountStatus.CLOSED,
            "待通水": AccountStatus.PENDING,
        },
        also=("用户状态",),
    ),
    Column(
        "book", _of(ReadingBook, "code"), "册本号", "reading book", gettext_lazy("the code of a known book"), code=True
    ),
    Column("order_in_book", _of(MeterAccount, "order_in_book"), "册内序号", "place in the book"),
    Column(
        "meter_number",
        _of(Meter, "number"),
        "水表编号",
        "meter number",
        gettext_lazy("known once; with it calibre, day and first reading"),
        code=True,
        also=("表号",),
    ),
    Column(
        "calibre",
        _of(Meter, "calibre"),
        "口径",
        "calibre",
        gettext_lazy("15 or DN15"),
    ),
    Column("installed_on", _of(Meter, "installed_on"), "安装日期", "installed on", also=("装表日期",)),
    Column(
        "first_reading", _of(Meter, "first_reading"), "表底数", "first reading", gettext_lazy("m³"), also=("初始读数",)
    ),
    Column(
        "opened_on",
        _of(MeterAccount, "opened_on"),
        "开户日期",
        "opened on",
        gettext_lazy("the holder's time begins here"),
        required=True,
        also=("立户日期",),
    ),
    Column(
        "closed_on",
        _of(MeterAccount, "closed_on"),
        "销户日期",
        "closed on",
        gettext_lazy("of a closed account, with its last reading"),
    ),
    Column("closing_reading", _of(Tenure, "closing_reading"), "销户抄码", "closing reading", gettext_lazy("m³")),
    Column("invoice_title", _of(MeterAccount, "invoice_title"), "发票抬头", "invoice title"),
    Column("household_size", _of(MeterAccount, "household_size"), "家庭人口", "people in the household"),
    Column("household_proof", _of(MeterAccount, "household_proof"), "人口证明", "proof of the household"),
    Column("tax_number", _of(MeterAccount, "tax_number"), "税号", "tax number", code=True, also=("纳税人识别号",)),
)
