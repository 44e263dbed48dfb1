"""The papers that lie beside a decision: those that are declared for it, as far as the case has them."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from applications.approval_queue import Request
from applications.models import Application, Paper
from applications.papers.kinds import PaperKind
from applications.views.access import may_read
from engineering import selectors as works
from engineering.models import Design
from waterservice.models import StoredFile

DRAWING, EVIDENCE = "d", "e"


@dataclass(frozen=True)
class DecisionPaper:
    """One paper: where it opens, the key that opens it, and whether it is a picture, to be fitted into its place."""

    label: str
    address: str
    key: str
    picture: bool = False


def decision_papers(request: Request, user: User) -> list[DecisionPaper]:
    """The newest of each kind of paper that a decision rests on, the drawing, and what was handed in as evidence."""
    case = request.case
    newest: dict[str, Paper] = {paper.kind: paper for paper in _of_decisions(case, user)}
    found = [
        DecisionPaper(
            str(PaperKind(kind).label),
            reverse("applications:paper", args=[case.number, paper.pk]),
            PaperKind(kind).declaration.key,
        )
        for kind, paper in sorted(newest.items(), key=lambda pair: list(PaperKind).index(PaperKind(pair[0])))
    ]
    design = works.current(case.project, Design)
    plans = [design.plan_id] if design is not None and design.plan_id else []
    evidence = [matter.evidence for matter in request.matters if matter.evidence]
    pictures = _pictures_among([*plans, *evidence])
    for file_id in plans:
        address = reverse("applications:plan", args=[case.number, file_id])
        found.append(DecisionPaper(_("Drawing"), address, DRAWING, file_id in pictures))
    for place, file_id in enumerate(evidence):
        address = reverse("applications:evidence", args=[case.number, file_id])
        found.append(DecisionPaper(_("Evidence"), address, "" if place else EVIDENCE, file_id in pictures))
    return found


def _of_decisions(case: Application, user: User) -> list[Paper]:
    """The papers in force of the kinds that decisions rest on and that this person may read, oldest first."""
    kinds = [kind for kind in PaperKind if kind.declaration.for_decision and may_read(user, kind.declaration)]
    return list(case.papers.filter(kind__in=kinds, voided_at=None))


def _pictures_among(files: list[int]) -> set[int]:
    """Those of some stored files that are pictures."""
    found = StoredFile.objects.filter(pk__in=files, content_type__startswith="image/") if files else []
    return {stored.pk for stored in found}
