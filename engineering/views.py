"""The load of the design office."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Role, User
from engineering.load import designer_loads, open_projects, project_loads, sheet_labels
from waterservice.excel import workbook_response

MAY_LOOK = (Role.DESIGNER, Role.RESPONSIBLE_LEADER, Role.AUDITOR)
SHOWN = 30


@for_roles(*MAY_LOOK)
@require_GET
def load(request: HttpRequest) -> HttpResponse:
    """Designers with what is on their desks, and the projects of one of them or of all, oldest first."""
    designer = _chosen_designer(request)
    page = Paginator(open_projects(designer), SHOWN).get_page(request.GET.get("page"))
    context = {
        "designer": designer,
        "loads": designer_loads(),
        "labels": sheet_labels(),
        "page": page,
        "rows": project_loads(page),
    }
    return render(request, "engineering/load.html", context)


@for_roles(*MAY_LOOK)
@require_GET
def load_export(request: HttpRequest) -> HttpResponse:
    """The projects as filtered on screen, all pages, as Excel."""
    headings = [_("Project"), _("Works"), _("Premises"), _("Designer"), _("Opened"), *sheet_labels()]
    rows = (
        [
            load.project.reference,
            load.project.title,
            load.project.premises.address,
            load.project.designer,
            timezone.localdate(load.project.opened_at),
            *load.states,
        ]
        for load in project_loads(open_projects(_chosen_designer(request)))
    )
    day = timezone.localdate().isoformat()
    return workbook_response(f"{_('Load of the design office')} {day}.xlsx", headings, rows)


def _chosen_designer(request: HttpRequest) -> User | None:
    number = request.GET.get("designer", "")
    if not number:
        return None
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise Http404
    return get_object_or_404(User, pk=int(number))
