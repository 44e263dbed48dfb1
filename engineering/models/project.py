"""A project: everything measured, drawn, estimated, built and accepted for one place."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.models import Customer, Premises
from engineering.models.columns import ONE_LINE


class Project(models.Model):
    """The folder of the works; `reference` is whatever the asker calls it, such as a case number.

    `designer` is who last recorded a sheet of the design office: the works are on their desk.
    """

    reference = models.CharField(
        _("reference"),
        max_length=30,
        unique=True,
        error_messages={"unique": _("A project with this reference exists already.")},
    )
    title = models.CharField(_("title"), max_length=200, validators=ONE_LINE)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="projects", verbose_name=_("customer"))
    premises = models.ForeignKey(Premises, models.PROTECT, related_name="projects", verbose_name=_("premises"))
    designer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="designed_projects",
        null=True,
        blank=True,
        verbose_name=_("designer"),
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    history = History(verbose_name=_("history of project"), verbose_name_plural=_("history of projects"))

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["designer"], condition=Q(closed_at__isnull=True), name="project_open_by_designer")
        ]
        constraints = [models.CheckConstraint(condition=~Q(reference=""), name="project_has_a_reference")]

    def __str__(self) -> str:
        return self.reference
