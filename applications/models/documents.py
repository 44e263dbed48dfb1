"""What the applicant hands in, and the papers that the hall issues."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.papers.handed_in import DocumentKind
from applications.papers.kinds import PaperKind
from applications.stages import stage_choices


class HandedInDocument(models.Model):
    """One required document of a case: received when, how often corrected, checked by whom, what is wrong with it."""

    class Finding(models.TextChoices):
        RECEIVED = "received", _("received")
        GOOD = "good", _("complete and genuine")
        FAULTY = "faulty", _("faulty")

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="documents")
    kind = models.CharField(_("document"), max_length=40, choices=DocumentKind.choices)
    scan = models.ForeignKey(
        "waterservice.StoredFile", models.PROTECT, related_name="+", verbose_name=_("scan or photograph")
    )
    finding = models.CharField(_("finding"), max_length=10, choices=Finding.choices, default=Finding.RECEIVED)
    fault = models.CharField(_("what is wrong"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    replaced = models.BooleanField(_("replaced by a later one"), default=False)

    class Meta:
        verbose_name = _("document handed in")
        verbose_name_plural = _("documents handed in")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind"],
                condition=Q(replaced=False),
                name="document_one_in_force_a_kind",
            ),
            models.CheckConstraint(
                condition=~Q(finding="faulty") | ~Q(fault=""),
                name="document_fault_is_named",
                violation_error_message=_("Say what is wrong with the document."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Paper(models.Model):
    """A paper that the hall issued: stored once, never rendered again; a later version stands beside it.

    `basis` names the revision that it speaks of (`budget:2`), so that an old signature never passes for a
    new budget; sending back voids the papers of the stages passed over. Of a paper that was signed before its file
    was taken over there is the scan alone: `file` is the signed copy itself.
    """

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="papers")
    kind = models.CharField(_("paper"), max_length=40, choices=PaperKind.choices)
    version = models.PositiveSmallIntegerField(_("version"))
    stage = models.CharField(_("stage"), max_length=40, choices=stage_choices)
    basis = models.CharField(_("basis"), max_length=40, blank=True)
    file = models.OneToOneField("waterservice.StoredFile", models.PROTECT, related_name="paper")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    signed_scan = models.ForeignKey(
        "waterservice.StoredFile",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("signed copy"),
    )
    signatory = models.CharField(_("signed by"), max_length=60, blank=True)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    taken_over = models.BooleanField(_("taken over from paper"), default=False)

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "kind", "version"], name="paper_versions_are_numbered"),
            models.CheckConstraint(
                condition=Q(signed_on__isnull=True) | Q(signed_scan__isnull=False),
                name="paper_signed_has_its_scan",
            ),
            models.CheckConstraint(
                condition=Q(taken_over=False) | Q(signed_scan=F("file"), signed_on__isnull=False),
                name="paper_taken_over_is_its_signed_copy",
            ),
        ]

    def __str__(self) -> str:
        if number := self.receipt_number:
            return str(_("{paper} {number}")).format(paper=self.get_kind_display(), number=number)
        return str(_("{paper}, version {version}")).format(paper=self.get_kind_display(), version=self.version)

    @property
    def receipt_number(self) -> str:
        """The number by which a receipt is known: two receipts are two papers, not two versions of one."""
        what, _colon, number = self.basis.partition(":")
        return number if what == "receipt" else ""

    @property
    def automatic(self) -> bool:
        """Whether the program issued it of itself, upon a decision that names its basis."""
        return self.kind == PaperKind.PAYMENT_NOTICE and bool(self.basis)

    @property
    def signed(self) -> bool:
        return self.signed_on is not None and self.voided_at is None
