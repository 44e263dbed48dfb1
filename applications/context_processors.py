"""What every page shows of the cases: how many notices are unread."""

from typing import Any

from django.http import HttpRequest

from accounts.models import User
from applications.models import StaffNotice


def unread_notices(request: HttpRequest) -> dict[str, Any]:
    """{"unread_notices": how many} for somebody signed in, else nothing."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"unread_notices": StaffNotice.objects.filter(recipient=user, read_at=None).count()}
