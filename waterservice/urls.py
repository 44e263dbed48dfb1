"""The front door. Apps are included by name, so that this module imports none of them."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("accounts.urls")),
    path("billing/", include("billing.urls")),
    path("engineering/", include("engineering.urls")),
    path("", include("applications.urls")),
]
