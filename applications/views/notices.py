"""What the program and colleagues have told me."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import signed_in
from applications.models import StaffNotice
from applications.selectors import visible_to
from applications.views.access import user_of
from waterservice.numbers import row_number

SHOWN = 100


@signed_in
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """My newest notices; of a case that I no longer have business with only the words are left."""
    user = user_of(request)
    found = list(StaffNotice.objects.filter(recipient=user).select_related("application", "sender")[:SHOWN])
    seen = set(visible_to(user).filter(pk__in={n.application_id for n in found}).values_list("pk", flat=True))
    return render(request, "applications/notices.html", {"notices": found, "seen": seen, "shown": SHOWN})


@signed_in
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """I have read them; one named by its id is opened, otherwise all are done with."""
    mine = StaffNotice.objects.filter(recipient=user_of(request), read_at=None)
    chosen = row_number(request.POST.get("notice", ""))
    if chosen is None:
        mine.update(read_at=timezone.now())
        return redirect("applications:notices")
    mine.filter(pk=chosen).update(read_at=timezone.now())
    notice = StaffNotice.objects.filter(recipient=user_of(request), pk=chosen).select_related("application").first()
    return redirect(notice.application if notice and notice.application else "applications:notices")
