from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WaterServiceConfig(AppConfig):
    name = "waterservice"
    verbose_name = _("Water service")

    def ready(self) -> None:
        from waterservice import checks  # noqa: F401 — registers itself
