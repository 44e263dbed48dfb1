from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from waterservice.models.entries import Entry


class PolicyValue(Entry):
    """A value that a policy takes from a day on. Written by waterservice.policies alone."""

    key = models.CharField(_("policy"), max_length=80)
    value: "models.JSONField[Any, Any]" = models.JSONField(_("value"))
    effective_from = models.DateField(_("holds from"))
    note = models.CharField(_("reason for the change"), max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["key", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "effective_from"],
                name="policy_value_one_a_day",
                violation_error_message=_("This policy has a value from this day already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.effective_from})"
