"""A URLconf with a view whose author forgot to say who may enter."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from waterservice.urls import urlpatterns as ours


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


urlpatterns = [path("forgotten/", forgotten), *ours]
