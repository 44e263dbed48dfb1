"""The filters that somebody keeps for a list of cases."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role


class SavedFilter(models.Model):
    """Filters under a name, on the home of one role of one person.

    `values` holds the filters by their names in the URL; `always`: the home begins with it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters")
    role = models.CharField(_("role"), max_length=40, choices=Role.choices)
    name = models.CharField(_("name of the filter"), max_length=20)
    values = models.JSONField(_("filters"), default=dict)
    always = models.BooleanField(_("Always begin with this"), default=False)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "role", "name"],
                name="saved_filter_name_once",
                violation_error_message=_(
                    "You keep a filter of this name already. Choose another name, or delete the old one first."
                ),
            ),
            models.UniqueConstraint(
                fields=["owner", "role"], condition=Q(always=True), name="saved_filter_one_to_begin_with"
            ),
        ]

    def __str__(self) -> str:
        return self.name
