"""Telling the applicant something that the procedure demands: how, when, by whom."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.stages import stage_choices


class ApplicantNotice(models.Model):
    """What the applicant was told at a stage; sending back behind it voids it, as it voids papers and approvals."""

    class About(models.TextChoices):
        PERMITS = "permits", _("permits to obtain")
        REFUSAL = "refusal", _("refusal")
        MISSING_DOCUMENTS = "missing_documents", _("missing or faulty documents")

    class Means(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        TELEPHONE = "telephone", _("by telephone")
        MESSAGE = "message", _("by text message")
        LETTER = "letter", _("by letter")

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="notices")
    about = models.CharField(_("about"), max_length=30, choices=About.choices)
    means = models.CharField(_("how"), max_length=20, choices=Means.choices)
    told_on = models.DateField(_("when"), default=timezone.localdate)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    words = models.CharField(_("what was said"), max_length=300, blank=True)
    stage = models.CharField(_("stage"), max_length=40, choices=stage_choices)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice to the applicant")
        verbose_name_plural = _("notices to applicants")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_about_display()} {self.told_on}"
