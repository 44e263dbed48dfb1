import threading

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from waterservice.per_request import PerRequest

loads: list[int] = []


def load() -> int:
    loads.append(1)
    return len(loads)


kept = PerRequest(load)


def three_times(request: HttpRequest) -> HttpResponse:
    first = kept()
    if "forget" in request.GET:
        kept.forget()
    return HttpResponse(f"{first} {kept()} {kept()}")


urlpatterns = [path("", three_times)]


@pytest.fixture
def client(settings: Settings) -> Client:
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = __name__
    loads.clear()
    return Client()


def test_outside_of_requests_nothing_is_kept() -> None:
    loads.clear()
    assert [kept(), kept()] == [1, 2]


def test_a_request_loads_once_and_the_next_one_anew(client: Client) -> None:
    assert client.get("/").content == b"1 1 1"
    assert client.get("/").content == b"2 2 2"
    assert kept() == 3


def test_after_a_change_the_request_keeps_nothing(client: Client) -> None:
    """Its change may yet be rolled back, and what was read in between would stay."""
    assert client.get("/?forget=1").content == b"1 2 3"


def test_threads_do_not_share(client: Client) -> None:
    answers: list[bytes] = []
    thread = threading.Thread(target=lambda: answers.append(client.get("/").content))
    thread.start()
    thread.join()
    assert answers == [b"1 1 1"]
    assert kept() == 2
