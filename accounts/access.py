"""Default closed: a view that does not say who may enter lets nobody in."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.roles import Role

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
PUBLIC = "public"
SIGNED_IN = "signed_in"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def public(view: View) -> View:
    """Anybody may enter: sign-in and little else."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Everybody of the staff may enter; what they see there, the view decides (somebody else's case is 404)."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def for_roles(*roles: Role) -> Callable[[View], View]:
    """Only these roles may enter; the auditor may look but not touch."""

    def declare(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


# Views of Django itself, which cannot wear the decorators.
FOREIGN: dict[str, Any] = {
    "django.contrib.admin": frozenset({Role.ADMINISTRATOR}),
    "django.views.i18n.set_language": PUBLIC,
}


def access_of(view: Callable[..., Any]) -> Any:
    """What a view declares: PUBLIC, SIGNED_IN, a set of roles, or None where it declares nothing."""
    declared = getattr(view, "access", None)
    if declared is not None:
        return declared
    name = f"{getattr(view, '__module__', '')}.{getattr(view, '__name__', '')}"
    return next((access for prefix, access in FOREIGN.items() if name.startswith(prefix)), None)


class DefaultClosedMiddleware:
    """Before each view: sign-in, then role; a view without declared access is refused to all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        access = access_of(view)
        if access == PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if access == SIGNED_IN:
            return None
        roles = request.user.roles
        if access is None or not (roles & access or (Role.AUDITOR in roles and request.method in SAFE and access)):
            raise PermissionDenied
        return None


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    target = f"{reverse('accounts:sign-in')}?{urlencode({'next': request.get_full_path()})}"
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)
