"""Joint acceptance (NC-8, NC-C3): five parties, no defect left, nothing forgotten."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from engineering import services
from engineering.models import REQUIRED_PARTIES, Acceptance, Defect, Party, Project
from engineering.selectors import defects_to_mend
from tests.engineering.conftest import words

LEAK = {"description": "阀门漏水"}
REFUSED = {"passed": False, "remark": "阀门漏水"}


@pytest.fixture
def accept(project: Project, designer: User, today: date) -> Any:
    """Records an acceptance of today, all parties passing unless told otherwise."""

    def record(**columns: Any) -> Acceptance:
        return services.record_acceptance(
            **{"project": project, "by": designer, "held_on": today, "parties": words(), **columns}
        )

    return record


@pytest.mark.embedded
def test_works_pass_when_all_five_parties_pass(accept: Any) -> None:
    assert accept().passed is True
    assert len(REQUIRED_PARTIES) == 5


@pytest.mark.parametrize("party", list(Party))
def test_one_party_against_it_is_enough(accept: Any, party: Party) -> None:
    assert accept(parties=words(**{party.value: REFUSED})).passed is False


@pytest.mark.parametrize("party", list(Party))
def test_nothing_is_decided_while_a_party_is_missing(accept: Any, party: Party) -> None:
    present = [row for row in words() if row["party"] != party]
    assert accept(parties=present).passed is None
    assert accept(parties=[]).passed is None


def test_a_missing_party_does_not_hide_a_refusal(accept: Any) -> None:
    assert accept(parties=words(applicant=REFUSED)[2:]).passed is False


def test_works_with_a_defect_do_not_pass_until_it_is_mended(accept: Any, today: date) -> None:
    assert accept(defects=[LEAK]).passed is False
    assert accept(defects=[LEAK | {"mended_on": today}]).passed is True
    assert Acceptance.objects.get().revision == 1


def test_a_party_that_refuses_says_why(accept: Any) -> None:
    with pytest.raises(ValidationError, match="enter why") as refused:
        accept(parties=words(applicant={"passed": False}))
    assert list(refused.value.message_dict) == ["parties"]


@pytest.mark.parametrize(
    ("columns", "field", "fault"),
    [
        ({"parties": [*words(), words()[0]]}, "parties", "once"),
        ({"parties": words(applicant={"representative": ""})}, "parties", "Row 5, represented by"),
        ({"parties": words(applicant={"passed": None})}, "parties", "Row 5, passed"),
        ({"parties": [{"party": "neighbour", "representative": "x", "passed": True}]}, "parties", "Row 1, party"),
        ({"defects": [LEAK, LEAK]}, "defects", "once"),
        ({"defects": [{"description": ""}]}, "defects", "Row 1, defect"),
        ({"defects": [LEAK | {"mended_on": date(2026, 10, 15)}]}, "defects", "not come yet"),
        ({"held_on": date(2026, 10, 15)}, "held_on", "not come yet"),
    ],
)
def test_impossible_acceptances_are_refused(accept: Any, columns: dict[str, Any], field: str, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault) as refused:
        accept(**columns)
    assert list(refused.value.message_dict) == [field]
    assert not Acceptance.objects.exists()


def test_an_acceptance_does_not_come_before_the_completion(
    accept: Any, project: Project, builder: User, today: date
) -> None:
    services.report_completion(project=project, by=builder, completed_on=today)
    with pytest.raises(ValidationError) as refused:
        accept(held_on=today - timedelta(days=1))
    assert list(refused.value.message_dict) == ["held_on"]


def test_recording_again_decides_again(accept: Any) -> None:
    assert accept().passed is True
    assert accept(parties=words(applicant=REFUSED)).passed is False
    assert accept().passed is True


def test_an_undecided_acceptance_is_not_closed(accept: Any, designer: User) -> None:
    with pytest.raises(ValidationError, match="what every party says"):
        services.close_sheet(sheet=accept(parties=[]), by=designer)


def test_defects_of_a_failed_acceptance_are_not_forgotten(
    accept: Any, project: Project, designer: User, today: date
) -> None:
    """The next acceptance says of each whether it is mended."""
    failed = accept(defects=[LEAK, {"description": "井盖缺失"}, {"description": "标识不清", "mended_on": today}])
    services.close_sheet(sheet=failed, by=designer)
    assert [str(defect) for defect in defects_to_mend(project)] == ["阀门漏水", "井盖缺失"]
    with pytest.raises(ValidationError, match="阀门漏水") as refused:
        accept(defects=[{"description": "井盖缺失", "mended_on": today}])
    assert list(refused.value.message_dict) == ["defects"]
    assert Acceptance.objects.count() == 1
    again = accept(defects=[LEAK | {"mended_on": today}, {"description": "井盖缺失"}])
    assert (again.revision, again.passed) == (2, False)
    assert accept(defects=[{"description": d, "mended_on": today} for d in ("阀门漏水", "井盖缺失")]).passed
    assert Defect.objects.filter(sheet=failed, mended_on__isnull=True).count() == 2


def test_defects_are_remembered_over_a_reopened_acceptance(
    accept: Any, project: Project, designer: User, today: date
) -> None:
    services.close_sheet(sheet=accept(defects=[LEAK]), by=designer)
    services.reopen(project=project, model=Acceptance, by=designer)
    with pytest.raises(ValidationError, match="阀门漏水"):
        accept()
    assert accept(defects=[LEAK | {"mended_on": today}]).passed is True


def test_party_and_defect_have_a_history(accept: Any) -> None:
    accept(parties=words(applicant=REFUSED), defects=[LEAK])
    acceptance = accept()
    applicant = acceptance.parties.get(party="applicant")
    assert [then.passed for then in applicant.history.order_by("history_id")] == [False, True]
    assert Defect.history.filter(history_type="-").get().description == "阀门漏水"
