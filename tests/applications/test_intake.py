"""Intake, arrears and the large user's deposit (NC-1 to NC-3, NC-C5)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from accounts.selectors import find_premises
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput, NotHere, Unmet
from applications.forms.intake import AmendForm
from applications.models import Application, DocumentKind
from applications.required_documents import checklist, required_kinds
from applications.stages import Stage
from applications.tour.cast import Brief, colleague, scan
from applications.tour.new_connection import Tour
from billing import selectors as ledger
from billing.models import ArrearsCheck, PriceItem
from tests.cases import indebt, person

CaseAt = Callable[..., Application]


def test_the_map_copy_fee_is_charged_when_the_map_is_ordered(case_at: CaseAt) -> None:
    """NC-1."""
    case = case_at(Stage.DRAFT)
    case = work(case, "order_map", by=colleague(Role.COUNTER_CLERK))
    assert case.statement.balance == PriceItem.objects.get(code="MAP_COPY").unit_price
    with pytest.raises(NotHere):
        work(case, "order_map", by=colleague(Role.COUNTER_CLERK))


def test_a_fee_that_is_switched_off_is_not_charged(case_at: CaseAt) -> None:
    case = case_at(Stage.DRAFT)
    PriceItem.objects.update(enabled=False)
    case = work(case, "order_map", by=colleague(Role.COUNTER_CLERK))
    assert case.statement.balance == 0


def test_documents_depend_on_who_asks(db: None, plain_papers: None) -> None:
    """NC-1: an organisation's property certificate only for business premises, a power of attorney with an agent."""

    def needed(brief: Brief) -> set[str]:
        tour = Tour(Decimal("1000"), Decimal("1000"), try_early=False, brief=brief)
        return {kind.value for kind in required_kinds(tour.play_to(Stage.DRAFT))}

    assert needed(person()) == {"identity_copy", "property_certificate", "location_map"}
    assert needed(person(agent_name="演示代办")) >= {"power_of_attorney"}
    organisation = Tour(Decimal("1000"), Decimal("1000"), try_early=False).brief
    assert needed(organisation) == {"sealed_form", "property_certificate", "location_map"}
    plain = Brief(
        organisation.customer,
        organisation.premises | {"room": "9"},
        organisation.details | {"business_premises": False},
    )
    assert needed(plain) == {"sealed_form", "location_map"}


def test_arrears_of_any_account_of_the_applicant_stop_the_request(tour_to: Callable[..., Tour]) -> None:
    """NC-2, NC-3: the check records what is owed; settlement is read from the ledger again."""
    tour = tour_to(Stage.ARREARS_CHECK)
    owed = indebt(tour.case)
    tour.pass_stage()
    assert tour.case.stage == Stage.ARREARS_SETTLEMENT
    assert ArrearsCheck.objects.get().owed == owed
    with pytest.raises(Unmet, match="NC-3"):
        perform(tour.case, "confirm_settled", by=colleague(Role.COUNTER_CLERK))
    tour.pass_stage()
    assert tour.case.stage == Stage.SURVEY
    assert ledger.owed(customer=tour.case.applicant, premises=tour.case.premises) == 0


def test_a_large_natural_person_pays_three_months_of_water_first(db: None, plain_papers: None) -> None:
    """NC-C5."""
    tour = Tour(Decimal("20000"), Decimal("20000"), try_early=False, brief=person(expected_m3_month=Decimal("100")))
    case = tour.play_to(Stage.SUPPLY_AGREEMENT)
    with pytest.raises(Unmet, match="NC-C5"):
        perform(case, "conclude_supply_agreement", by=colleague(Role.COUNTER_CLERK))
    tour.pass_stage()
    deposit = tour.case.statement.deposits.get()
    use = tour.case.new_connection.kind_of_use
    cost = ledger.expected_cost(use, monthly_m3=Decimal("100"), months=3, on=timezone.localdate())
    assert (deposit.amount, deposit.basis) == cost
    assert deposit.amount == Decimal("2480.00"), "a quarter of 180 × 5 + 80 × 7 + 940 × 9 yuan"
    assert deposit.held


def test_who_is_not_large_pays_no_deposit(db: None, plain_papers: None) -> None:
    tour = Tour(Decimal("20000"), Decimal("20000"), try_early=False, brief=person(expected_m3_month=Decimal("99.9")))
    assert tour.play_to(Stage.COMPLETED).statement.deposits.count() == 0


def corrected(case: Application, **changes: str) -> Application:
    who, where = case.applicant, case.premises
    typed = {name: getattr(who, name) for name in ("identity_kind", "identity_number", "name")}
    typed |= {name: getattr(where, name) for name in ("district", "road", "lane", "number", "room")}
    return work(case, "correct_applicant", by=colleague(Role.COUNTER_CLERK), data={**typed, **changes})


def test_what_was_mistyped_is_corrected_while_the_form_is_a_draft(tour_to: Callable[..., Tour]) -> None:
    """NC-1: name and place; the folders of money and works bear the right ones."""
    case = tour_to(Stage.DRAFT).case
    wrong = case.applicant
    case = corrected(case, name="演示滨江食品厂", number="130", room="202")
    assert (case.applicant.pk, case.applicant.name) == (wrong.pk, "演示滨江食品厂")
    assert str(case.premises).endswith("130号202室")
    for folder in (case.statement, case.project):
        folder.refresh_from_db()
        assert (folder.customer, folder.title) == (case.applicant, str(case.premises))


def test_a_mistyped_number_of_somebody_known_leads_to_them(tour_to: Callable[..., Tour]) -> None:
    case = tour_to(Stage.DRAFT).case
    other = person()
    known = other.applicant(colleague(Role.COUNTER_CLERK))
    with pytest.raises(BadInput, match="our records"):
        corrected(case, identity_kind=known.identity_kind, identity_number=known.identity_number)


def test_a_place_is_one_place_however_it_is_typed(tour_to: Callable[..., Tour]) -> None:
    """906 is 906号: a second open case is seen, not opened beside."""
    case = tour_to(Stage.DRAFT).case
    where = {name: getattr(case.premises, name) for name in ("district", "road", "lane", "number", "room")}
    bare = {**where, "number": where["number"].removesuffix("号"), "room": where["room"].removesuffix("室")}
    assert find_premises(**bare) == case.premises


def handed_in(case: Application, *kinds: str) -> Application:
    """Documents received and compared with their originals."""
    for kind in kinds:
        data, files = {"kind": kind, "checked": "on"}, {"scan": scan(kind)}
        case = work(case, "receive_document", by=colleague(Role.COUNTER_CLERK), data=data, files=files)
    return case


def unchecked(case: Application) -> set[str]:
    return {line.kind.value for line in checklist(case) if line.unchecked}


def amended(case: Application, **changes: object) -> Application:
    form = AmendForm(case=case, by=colleague(Role.COUNTER_CLERK))
    typed = {name: value for name, value in form.initial_from_case().items() if value not in (None, "", False)}
    return work(case, "amend_form", by=colleague(Role.COUNTER_CLERK), data={**typed, **changes})


ORGANISATION = ("sealed_form", "property_certificate", "location_map", "power_of_attorney")


@pytest.mark.parametrize(
    ("change", "doubted"),
    [
        ({"calibre": "80"}, {"sealed_form"}),
        ({"expected_m3_month": "777"}, {"sealed_form"}),
        ({"legal_representative": "演示李新任"}, {"sealed_form", "power_of_attorney"}),
        ({}, set()),
        ({"telephone": " 139 0000 0000 "}, set()),
    ],
)
def test_documents_that_attest_what_was_amended_are_checked_anew(
    tour_to: Callable[..., Tour], change: dict[str, str], doubted: set[str]
) -> None:
    """NC-1, NC-C1: a seal under another form does not count for the amended one."""
    case = amended(handed_in(tour_to(Stage.DRAFT).case, *ORGANISATION), **change)
    assert unchecked(case) == doubted
    note = case.timeline.latest("id").note
    labels = [str(DocumentKind(kind).label) for kind in ORGANISATION if kind in doubted]
    assert not labels or note.endswith(f"to be checked anew: {', '.join(labels)}")
    assert bool(labels) == ("anew" in note)
    assert all(doc.checked_by is None for doc in case.documents.filter(kind__in=doubted))


def test_a_request_is_not_accepted_on_a_seal_under_another_form(tour_to: Callable[..., Tour]) -> None:
    """NC-C1."""
    case = amended(handed_in(tour_to(Stage.DRAFT).case, *ORGANISATION), calibre="80")
    case = perform(case, "confirm_data", by=colleague(Role.COUNTER_CLERK))
    with pytest.raises(Unmet, match="not yet checked: Application form with the organisation's seal"):
        perform(case, "accept_documents", by=colleague(Role.COUNTER_CLERK))
    document = case.documents.get(kind="sealed_form", replaced=False)
    case = work(
        case,
        "check_document",
        by=colleague(Role.COUNTER_CLERK),
        data={"document": document.pk, "finding": "good"},
    )
    assert perform(case, "accept_documents", by=colleague(Role.COUNTER_CLERK)).stage == Stage.ARREARS_CHECK


@pytest.mark.parametrize(
    ("change", "doubted"),
    [
        ({"name": "演示改名"}, {"identity_copy", "property_certificate"}),
        ({"room": "909"}, {"property_certificate", "location_map"}),
        ({}, set()),
    ],
)
def test_documents_of_a_corrected_applicant_or_place_are_checked_anew(
    db: None, plain_papers: None, change: dict[str, str], doubted: set[str]
) -> None:
    """NC-1, NC-C1."""
    tour = Tour(Decimal("1000"), Decimal("1000"), try_early=False, brief=person())
    case = handed_in(tour.play_to(Stage.DRAFT), "identity_copy", "property_certificate", "location_map")
    assert unchecked(corrected(case, **change)) == doubted
