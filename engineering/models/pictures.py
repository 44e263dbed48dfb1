"""What was seen on site: photographs, and what somebody signed there with the finger."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engineering.models.columns import ONE_LINE
from engineering.models.project import Project
from waterservice.models import StoredFile


class SitePicture(models.Model):
    """A picture from the place of the works; kept as it came, never changed.

    `occasion` is whatever the asker calls it, such as a stage of its case. `mark` is drawn by the device that took
    the picture: sent again after a broken answer, it is kept once.
    """

    class Shows(models.TextChoices):
        PHOTOGRAPH = "photograph", _("Photograph")
        SIGNATURE = "signature", _("Applicant's signature")

    project = models.ForeignKey(Project, models.PROTECT, related_name="pictures", verbose_name=_("project"))
    occasion = models.CharField(_("occasion"), max_length=40)
    shows = models.CharField(_("what it shows"), max_length=20, choices=Shows.choices)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("picture"))
    words = models.CharField(_("words to it"), max_length=120, blank=True, validators=ONE_LINE)
    mark = models.UUIDField(_("mark of the device"), unique=True, null=True, blank=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("taken by"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("picture on site")
        verbose_name_plural = _("pictures on site")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(occasion=""), name="site_picture_has_its_occasion"),
            models.CheckConstraint(condition=Q(shows__in=("photograph", "signature")), name="site_picture_shows_known"),
        ]

    def __str__(self) -> str:
        return self.words or self.get_shows_display()
