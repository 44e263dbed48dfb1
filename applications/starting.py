"""Opening a case: number, folders, first line of the timeline."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, Premises, User
from accounts.roles import Role
from applications.checkpoints.intake import refuse_second_account
from applications.models import NewConnection, NewConnectionDetails, TimelineEntry
from applications.offices import office_for
from applications.selectors import open_cases_at
from applications.stages import Kind, Stage
from billing import services as billing
from engineering import services as engineering
from waterservice.numbering import next_number


@transaction.atomic
def start_new_connection(
    *,
    by: User,
    applicant: Customer,
    premises: Premises,
    duplicate_reason: str = "",
    **details: Any,
) -> NewConnection:
    """Open a new connection as a draft at the counter (NC-1) with its statement and its project.

    A second open case for the same premises, or for premises that have an account already, goes on only with
    a reason; a paper file is asked of open cases alone, for its own account may be on record.
    What a deputy takes in is the giver's, at the giver's counter. Raises ValidationError for that, and for details
    that cannot be.
    """
    if not by.has_role(Role.COUNTER_CLERK):
        raise ValidationError(_("Only the counter takes in requests."))
    refuse_second_account(premises, duplicate_reason)
    giver = by.giver_as(Role.COUNTER_CLERK)
    with by.signing_for(giver):
        case = open_new_connection(
            by=by, applicant=applicant, premises=premises, duplicate_reason=duplicate_reason, **details
        )
    TimelineEntry.objects.create(
        application=case,
        nature=TimelineEntry.Nature.STEP,
        action="start",
        to_stage=Stage.DRAFT,
        note=case.duplicate_reason,
        revision=case.revision,
        actor=by,
        on_behalf_of=giver,
        role=Role.COUNTER_CLERK,
    )
    return case


def open_new_connection(
    *, by: User, applicant: Customer, premises: Premises, duplicate_reason: str = "", **details: Any
) -> NewConnection:
    """The draft itself with its folders, without a line in its timeline; must run in a transaction."""
    Premises.objects.select_for_update().get(pk=premises.pk)
    others = open_cases_at(premises)
    if others and not duplicate_reason.strip():
        numbers = _(", ").join(case.number for case in others)
        raise ValidationError(
            {
                "duplicate_reason": _(
                    "Another case is open for these premises: {numbers}. Say why a second one is needed."
                ).format(numbers=numbers)
            }
        )
    number = case_number(Kind.NEW_CONNECTION)
    title = str(premises)
    case = NewConnection(
        number=number,
        kind=Kind.NEW_CONNECTION,
        applicant=applicant,
        premises=premises,
        statement=billing.open_statement(reference=number, title=title, customer=applicant, by=by),
        project=engineering.open_project(reference=number, title=title, customer=applicant, premises=premises, by=by),
        created_by=by.principal,
        holder=by.principal,
        duplicate_reason=duplicate_reason.strip(),
    )
    case.office = office_for(Role.COUNTER_CLERK, case)
    case.save()
    form = NewConnectionDetails(application=case, **details)
    form.full_clean()
    form.save()
    return case


def case_number(kind: Kind) -> str:
    """The next number of a kind of request, counted anew each year: NC-2026-000001."""
    year = timezone.localdate().year
    return f"{kind.prefix}-{year}-{next_number(f'case:{kind.prefix}:{year}'):06d}"
