"""What has to happen to every request before any app sees it."""

from collections.abc import Callable

from csp.constants import UNSAFE_INLINE
from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponseBase]


def without_nul(get_response: Handler) -> Handler:
    """Answers 404 to an address with a NUL in it: no name or number of ours has one, and PostgreSQL refuses it."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404
        return get_response(request)

    return handle


# What a page may ask the browser for: the camera, for papers at the counter and photographs on site. No more.
PERMISSIONS = ", ".join(["camera=(self)", *(f"{what}=()" for what in ("microphone", "geolocation", "payment", "usb"))])


def permissions(get_response: Handler) -> Handler:
    """Says to the browser that the camera is for our own pages alone, and nothing else for anybody."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    return handle


def pictures_fit(get_response: Handler) -> Handler:
    """Lets the browser fit a picture into its window.

    The page that a browser makes around a picture styles it inline, which the policy of our own pages forbids;
    nothing of anybody else's is on that page. Stands behind the CSP's own middleware.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.headers.get("Content-Type", "").startswith(("image/jpeg", "image/png", "image/webp")):
            response._csp_update = {"style-src": [UNSAFE_INLINE]}  # type: ignore[attr-defined]
        return response

    return handle


def behind_proxy(get_response: Handler) -> Handler:
    """Takes the visitor's address from the proxy in front; in use only where BEHIND_TLS_PROXY is on.

    Without it every visitor would have the proxy's address, and whoever mistypes somebody's password often
    enough would lock that name everywhere. The last entry is the only one that our own proxy wrote.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        if forwarded := request.headers.get("X-Forwarded-For"):
            request.META["REMOTE_ADDR"] = forwarded.rpartition(",")[2].strip()
        return get_response(request)

    return handle


def chosen_language(get_response: Handler) -> Handler:
    """Speaks the language chosen on the page, else settings.LANGUAGE_CODE.

    Django's LocaleMiddleware also asks the browser, so that a counter's new computer with an English
    Windows would greet its clerk in English.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    return handle
