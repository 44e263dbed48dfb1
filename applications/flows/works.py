"""Survey, design, permits, budget, construction, acceptance (NC-4 to NC-8)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from applications.checkpoints.money import fee_paid, project_fee_unpaid
from applications.checkpoints.works import (
    acceptance_failed,
    acceptance_passed,
    can_be_supplied,
    cannot_be_supplied,
    formalities_settled,
    permits_settled,
    sheet_complete,
    told_of_permits,
)
from applications.engine import clocks
from applications.engine.route import NEXT
from applications.engine.steps import OWNER, Tone, step, task
from applications.flows.base import CaseFlow
from applications.issuing import issue_paper
from applications.matters import other_calibre, outside_the_red_line
from applications.models.notices import ApplicantNotice
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from engineering import selectors as works
from engineering import services as engineering
from engineering.models import Acceptance, Budget, Completion, Formality, Grant, Permit, Survey
from waterservice.files import store_upload
from waterservice.money import yuan
from waterservice.numbers import uuid_of
from waterservice.text import labelled

FORMS = "applications.forms.works."


def picture_kept(case: Any, data: Mapping[str, Any]) -> str:
    """A device that was cut off sends its picture again: the first one counts."""
    mark = uuid_of(data.get("mark"))
    kept = mark is not None and case.project.pictures.filter(mark=mark).exists()
    return _("This picture is on record already.") if kept else ""


class WorksFlow(CaseFlow):
    """What the design office and the construction unit do. Closing a stage freezes its sheet."""

    def close_sheet_of_stage(self, by: User) -> Any:
        """Freeze the sheet of the present stage as a numbered revision and return it."""
        assert self.stop is not None
        sheet = works.current(self.project, apps.get_model(self.stop.sheet))
        assert sheet is not None
        engineering.close_sheet(sheet=sheet, by=by)
        return sheet

    # -- survey (NC-4a) --------------------------------------------------------------------------

    @task(
        gettext_lazy("Record the survey sheet"),
        past=gettext_lazy("survey sheet recorded"),
        clause="NC-4a",
        at=Stage.SURVEY,
        form=FORMS + "SurveyForm",
    )
    def record_survey(self, *, by: User, **fields: Any) -> None:
        engineering.record_survey(project=self.project, by=by, **fields)

    @step(
        gettext_lazy("Complete the survey"),
        past=gettext_lazy("survey completed"),
        clause="NC-4a",
        source=Stage.SURVEY,
        target=NEXT,
        checkpoints=[sheet_complete, can_be_supplied],
    )
    def complete_survey(self, *, by: User) -> None:
        self.close_sheet_of_stage(by)
        issue_paper(self, PaperKind.SURVEY_SHEET, by=by)

    @step(
        gettext_lazy("Refuse: cannot be supplied"),
        past=gettext_lazy("refused: cannot be supplied"),
        clause="NC-4a",
        source=Stage.SURVEY,
        target=Stage.REFUSED,
        checkpoints=[cannot_be_supplied, project_fee_unpaid],
        form="applications.forms.decisions.TellApplicantForm",
        tone=Tone.END,
    )
    def refuse_supply(self, *, by: User, means: str, told_on: date, words: str = "") -> str:
        """The applicant is told why, and how they were told is on record."""
        survey = works.current(self.project, Survey)
        assert survey is not None
        ApplicantNotice.objects.create(
            application=self,
            about=ApplicantNotice.About.REFUSAL,
            means=means,
            told_on=told_on,
            told_by=by,
            words=words or survey.reason,
            stage=self.stage,
        )
        return str(survey.reason)

    # -- what is seen on site ----------------------------------------------------------------------

    @task(
        gettext_lazy("Add a picture from the site"),
        past=gettext_lazy("picture from the site added"),
        clause="NC-4a",
        at=(Stage.SURVEY, Stage.CONSTRUCTION, Stage.JOINT_ACCEPTANCE),
        form=FORMS + "PictureForm",
        done_before=picture_kept,
        adds=True,
    )
    def add_picture(self, *, by: User, shows: str, picture: Any, words: str = "", mark: UUID | None = None) -> str:
        added = engineering.add_picture(
            project=self.project,
            by=by,
            occasion=self.stage,
            shows=shows,
            file=store_upload(picture, by=by),
            words=words,
            mark=mark,
        )
        return labelled(added.get_shows_display(), words) if words else added.get_shows_display()

    # -- design and permits (NC-4b) --------------------------------------------------------------

    @task(
        gettext_lazy("Record the design plan"),
        past=gettext_lazy("design plan recorded"),
        clause="NC-4b",
        at=Stage.DESIGN,
        form=FORMS + "DesignForm",
    )
    def record_design(self, *, by: User, plan: Any = None, **fields: Any) -> None:
        if plan is not None:
            fields["plan"] = store_upload(plan, by=by)
        engineering.record_design(project=self.project, by=by, **fields)

    @task(
        gettext_lazy("Tell the applicant of the permits"),
        past=gettext_lazy("applicant told of the permits to obtain"),
        clause="NC-4b",
        at=(Stage.DESIGN, Stage.PERMITS),
        by=(OWNER, Role.COUNTER_CLERK),
        form="applications.forms.decisions.TellApplicantForm",
    )
    def tell_of_permits(self, *, by: User, means: str, told_on: date, words: str = "") -> str:
        notice = ApplicantNotice.objects.create(
            application=self,
            about=ApplicantNotice.About.PERMITS,
            means=means,
            told_on=told_on,
            told_by=by,
            words=words,
            stage=self.stage,
        )
        issue_paper(self, PaperKind.PERMITS_NOTICE, by=by)
        return f"{notice.get_means_display()} {told_on.isoformat()}"

    @step(
        gettext_lazy("Complete the design"),
        past=gettext_lazy("design completed"),
        clause="NC-4b",
        source=Stage.DESIGN,
        target=NEXT,
        checkpoints=[sheet_complete, told_of_permits],
    )
    def complete_design(self, *, by: User) -> None:
        self.close_sheet_of_stage(by)

    @task(
        gettext_lazy("Record a permit"),
        past=gettext_lazy("permit recorded"),
        clause="NC-4b",
        at=Stage.PERMITS,
        form=FORMS + "PermitForm",
    )
    def record_permit(self, *, by: User, **fields: Any) -> str:
        permit = engineering.record_permit(project=self.project, by=by, **fields)
        return labelled(permit, permit.get_status_display())

    @task(
        gettext_lazy("Confirm the permits for the present design"),
        past=gettext_lazy("permits confirmed for the present design"),
        clause="NC-4b",
        at=Stage.PERMITS,
        by=Role.DESIGNER,
        wanted=lambda case: case.project.permits.filter(to_confirm=True).exists(),
    )
    def confirm_permits(self, *, by: User) -> str:
        """What was granted before the case was sent back covers the works as they are now designed."""
        return self._confirm(Permit, by)

    def _confirm(self, model: type[Grant], by: User) -> str:
        return _(", ").join(str(row) for row in engineering.confirm(project=self.project, model=model, by=by))

    @step(
        gettext_lazy("Permits are complete"),
        past=gettext_lazy("permits complete"),
        clause="NC-4c",
        source=Stage.PERMITS,
        target=NEXT,
        checkpoints=[told_of_permits, permits_settled],
    )
    def complete_permits(self, *, by: User) -> None:
        """The five working days of the budget count from here."""

    # -- budget (NC-4c) --------------------------------------------------------------------------

    @task(
        gettext_lazy("Fill in the budget"),
        past=gettext_lazy("budget saved"),
        clause="NC-4c",
        at=Stage.BUDGET,
        form=FORMS + "BudgetForm",
        shows=(outside_the_red_line,),
    )
    def save_budget(self, *, by: User, lines: Sequence[dict[str, Any]]) -> str:
        budget = engineering.save_budget(project=self.project, by=by, lines=list(lines))
        return yuan(budget.total)

    @step(
        gettext_lazy("Submit the budget"),
        past=gettext_lazy("budget submitted"),
        clause="NC-4c",
        source=Stage.BUDGET,
        target=NEXT,
        checkpoints=[sheet_complete],
        shows=(outside_the_red_line,),
    )
    def submit_budget(self, *, by: User) -> str:
        budget: Budget = self.close_sheet_of_stage(by)
        issue_paper(self, PaperKind.BUDGET, by=by, basis=f"budget:{budget.revision}")
        return yuan(budget.total)

    # -- construction task (NC-6) ----------------------------------------------------------------

    @task(
        gettext_lazy("Record a construction formality"),
        past=gettext_lazy("construction formality recorded"),
        clause="NC-6",
        at=Stage.CONSTRUCTION_TASK,
        form=FORMS + "FormalityForm",
    )
    def record_formality(self, *, by: User, **fields: Any) -> str:
        formality = engineering.record_formality(project=self.project, by=by, **fields)
        return labelled(formality, formality.get_status_display())

    @task(
        gettext_lazy("Confirm the formalities for the present works"),
        past=gettext_lazy("construction formalities confirmed for the present works"),
        clause="NC-6",
        at=Stage.CONSTRUCTION_TASK,
        wanted=lambda case: case.project.formalities.filter(to_confirm=True).exists(),
    )
    def confirm_formalities(self, *, by: User) -> str:
        """What was done before the case was sent back covers the works as they are now."""
        return self._confirm(Formality, by)

    @task(
        gettext_lazy("Plan the construction"),
        past=gettext_lazy("construction planned"),
        clause="NC-6",
        at=Stage.CONSTRUCTION_TASK,
        form=FORMS + "TaskForm",
    )
    def plan_task(self, *, by: User, **fields: Any) -> str:
        self._keep_to_the_agreement(fields.get("starts_on"), fields.get("ends_on"))
        planned = engineering.plan_task(project=self.project, by=by, **fields)
        return f"{planned.unit} {planned.starts_on} – {planned.ends_on}"

    def _keep_to_the_agreement(self, starts_on: date | None, ends_on: date | None) -> None:
        """NC-7: the works are done in the time that was agreed. Raises ValidationError by field."""
        agreed = self.new_connection
        if agreed.works_start is None or agreed.works_end is None:
            return
        words = _("The construction agreement says {start} to {end}. Stay within it, or send the case back.")
        said = words.format(start=agreed.works_start.isoformat(), end=agreed.works_end.isoformat())
        if starts_on is not None and starts_on < agreed.works_start:
            raise ValidationError({"starts_on": said})
        if ends_on is not None and ends_on > agreed.works_end:
            raise ValidationError({"ends_on": said})

    @step(
        gettext_lazy("Issue the construction task"),
        past=gettext_lazy("construction task issued"),
        clause="NC-6",
        source=Stage.CONSTRUCTION_TASK,
        target=NEXT,
        checkpoints=[fee_paid, formalities_settled, sheet_complete],
    )
    def issue_task(self, *, by: User) -> str:
        planned = self.close_sheet_of_stage(by)
        issue_paper(self, PaperKind.CONSTRUCTION_TASK, by=by)
        return str(planned.unit)

    # -- construction and acceptance (NC-7, NC-8) ------------------------------------------------

    @task(
        gettext_lazy("Record the completion"),
        past=gettext_lazy("completion recorded"),
        clause="NC-7",
        at=Stage.CONSTRUCTION,
        form=FORMS + "CompletionForm",
    )
    def record_completion(self, *, by: User, **fields: Any) -> None:
        engineering.report_completion(project=self.project, own_account=self.account, by=by, **fields)

    @step(
        gettext_lazy("Report completion"),
        past=gettext_lazy("completion reported"),
        clause="NC-7",
        source=Stage.CONSTRUCTION,
        target=NEXT,
        checkpoints=[sheet_complete],
    )
    def report_completion(self, *, by: User) -> str:
        """The days of the meter card count from the end of construction, however late that is reported (NC-11)."""
        completion: Completion = self.close_sheet_of_stage(by)
        assert completion.completed_on is not None
        if completion.completed_on > self.deed_day:
            words = _("The late record says {reported}; the works ended on {completed}. Correct one of the two.")
            raise ValidationError(
                words.format(reported=self.deed_day.isoformat(), completed=completion.completed_on.isoformat())
            )
        return _("Meter {meter}, first reading {reading} m³").format(
            meter=completion.meter_number, reading=completion.first_reading
        )

    @task(
        gettext_lazy("Record the joint acceptance"),
        past=gettext_lazy("joint acceptance recorded"),
        clause="NC-8",
        at=Stage.JOINT_ACCEPTANCE,
        form=FORMS + "AcceptanceForm",
        shows=(other_calibre,),
    )
    def record_acceptance(self, *, by: User, **fields: Any) -> str:
        acceptance = engineering.record_acceptance(project=self.project, by=by, **fields)
        return _("passed") if acceptance.passed else _("not passed")

    @step(
        gettext_lazy("Pass the acceptance"),
        past=gettext_lazy("acceptance passed"),
        clause="NC-8",
        source=Stage.JOINT_ACCEPTANCE,
        target=NEXT,
        checkpoints=[sheet_complete, acceptance_passed],
        shows=(other_calibre,),
    )
    def pass_acceptance(self, *, by: User) -> None:
        self.close_sheet_of_stage(by)
        issue_paper(self, PaperKind.ACCEPTANCE_CERTIFICATE, by=by)

    @step(
        gettext_lazy("Send the works back with defects"),
        past=gettext_lazy("works sent back with defects"),
        clause="NC-8",
        source=Stage.JOINT_ACCEPTANCE,
        target=Stage.CONSTRUCTION,
        checkpoints=[acceptance_failed],
        tone=Tone.BACK,
    )
    def fail_acceptance(self, *, by: User) -> str:
        """Construction mends what is listed and reports completion anew; NC-11 then counts from that."""
        acceptance: Acceptance = self.close_sheet_of_stage(by)
        clocks.cancel_undone(self, Stage.CONSTRUCTION)
        engineering.reopen(project=self.project, model=Completion, by=by)
        return "; ".join(defect.description for defect in acceptance.defects.all())
