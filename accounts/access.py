"""Default closed: a view that does not say who may enter lets nobody in."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.i18n import set_language

from accounts.roles import Role

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
PUBLIC = "public"
SIGNED_IN = "signed_in"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ADMINISTRATION = frozenset({Role.ADMINISTRATOR})


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


def access_of(view: Callable[..., Any], namespaces: Sequence[str] = ()) -> Any:
    """What a view declares: PUBLIC, SIGNED_IN, a set of roles, or None where it declares nothing.

    Views of Django itself cannot wear the decorators: its admin is the administrator's, the switch of
    language is everybody's.
    """
    if "admin" in namespaces:
        return ADMINISTRATION
    if view is set_language:
        return PUBLIC
    return getattr(view, "access", None)


class DefaultClosedMiddleware:
    """Before each view: sign-in, then role; a view without declared access is refused to all.

    Who enters by a delegated role alone signs for the giver in what the view writes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        access = access_of(view, match.namespaces if match else ())
        if access == PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if access == SIGNED_IN:
            return None
        if not _may_enter(request.user.roles, access, request.method):
            raise PermissionDenied
        request.user.signs_for = request.user.giver_as(*(access or ()))
        return None


def _may_enter(roles: frozenset[Role], access: frozenset[Role] | None, method: str | None) -> bool:
    """Whether one of the roles is admitted; the auditor looks at all but the administration, and changes nothing."""
    if access is None:
        return False
    looks = Role.AUDITOR in roles and method in SAFE and access is not ADMINISTRATION
    return looks or not roles.isdisjoint(access)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in, and from there back to the page; a part that htmx asked for is no page to come back to."""
    htmx = getattr(request, "htmx", None)
    back = (htmx and htmx.current_url_abs_path) or request.get_full_path()
    target = f"{reverse('accounts:sign-in')}?{urlencode({'next': back})}"
    if htmx:
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)
