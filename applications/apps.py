from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = _("Requests")

    def ready(self) -> None:
        from applications import (
            checks,  # noqa: F401 registers the system checks
            deputies,  # noqa: F401 hears of deputies
        )
        from applications.takeover import new_connection  # noqa: F401 registers what its paper files say
