import pytest
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation
from pytest_django import Settings

from waterservice.middleware import behind_proxy, chosen_language, permissions, pictures_fit


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{translation.get_language()} {request.META['REMOTE_ADDR']}")


@pytest.mark.parametrize(
    ("cookies", "spoken"),
    [({}, "zh-hans"), ({"django_language": "en"}, "en"), ({"django_language": "tlh"}, "zh-hans")],
)
def test_chinese_is_spoken_unless_somebody_chose_otherwise(
    rf: RequestFactory, settings: Settings, cookies: dict[str, str], spoken: str
) -> None:
    settings.LANGUAGE_CODE = "zh-hans"
    request = rf.get("/", headers={"accept-language": "en-GB,en;q=0.9"})
    request.COOKIES.update(cookies)
    with translation.override(None):
        response = chosen_language(answer)(request)
    assert response.content.decode().startswith(f"{spoken} ")
    assert response.headers["Content-Language"] == spoken


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (None, "127.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        ("10.9.9.9, 203.0.113.9", "203.0.113.9"),  # the first entry is whatever the visitor claimed
    ],
)
def test_address_of_the_visitor_is_what_our_own_proxy_wrote(
    rf: RequestFactory, forwarded: str | None, address: str
) -> None:
    request = rf.get("/", headers={"x-forwarded-for": forwarded} if forwarded else {})
    assert behind_proxy(answer)(request).content.decode().endswith(f" {address}")


def test_the_camera_is_for_our_own_pages_and_nothing_else_for_anybody(rf: RequestFactory) -> None:
    allowed = permissions(answer)(rf.get("/")).headers["Permissions-Policy"].split(", ")
    assert allowed[0] == "camera=(self)"
    assert all(permission.endswith("=()") for permission in allowed[1:])
    assert "microphone=()" in allowed


@pytest.mark.parametrize(("kind", "styled"), [("image/png", True), ("image/svg+xml", False), ("text/html", False)])
def test_the_browser_may_fit_a_picture_and_nothing_else_is_styled_inline(
    rf: RequestFactory, kind: str, styled: bool
) -> None:
    inner = pictures_fit(lambda request: HttpResponse("", content_type=kind))
    policy = CSPMiddleware(inner)(rf.get("/")).headers["Content-Security-Policy"]
    assert ("style-src 'unsafe-inline'" in policy) == styled
    assert "default-src 'self'" in policy
