"""What meters showed: readings, which are added and never edited."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Meter, MeterAccount
from billing.models.bills import Bill
from billing.models.rows import AppendOnly, AppendOnlyQuerySet
from waterservice.models import StoredFile

SOURCES_TO_CONFIRM = Q(source="photograph", confirmed_at__isnull=True)


class ReadingQuerySet(AppendOnlyQuerySet):
    """Readings; the one rule of which of them count, and their order."""

    def counting(self) -> ReadingQuerySet:
        """Neither corrected by a later entry nor a photograph that nobody has confirmed."""
        return self.filter(~SOURCES_TO_CONFIRM, correction__isnull=True)

    def to_confirm(self) -> ReadingQuerySet:
        """The holders' photographs that wait for the business office."""
        return self.filter(SOURCES_TO_CONFIRM, correction__isnull=True)

    def in_order(self) -> ReadingQuerySet:
        """As the meter showed them; of one day, as they were recorded."""
        return self.order_by("read_on", "id")

    def with_before(self) -> ReadingQuerySet:
        """Each with `before` and `before_on`: what the same meter showed at the reading that counts before it."""
        same_meter = Reading.objects.counting().filter(meter=OuterRef("meter"))
        earlier = Q(read_on__lt=OuterRef("read_on")) | Q(read_on=OuterRef("read_on"), pk__lt=OuterRef("pk"))
        last = same_meter.filter(earlier).order_by("-read_on", "-pk")
        return self.annotate(
            before=Subquery(last.values("reading")[:1]), before_on=Subquery(last.values("read_on")[:1])
        )


class Reading(AppendOnly):
    """What a meter showed on a day, in whole cubic metres.

    A wrong one is corrected by another, which gives a reason and takes its place. `bill` is the bill that asks
    for what was used up to it. A photograph that the holder sent counts from its confirmation on.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("first reading")
        REGULAR = "regular", _("regular reading")
        FINAL = "final", _("final reading")
        REMOVAL = "removal", _("meter removed")
        INSTALLED = "installed", _("meter installed")

    class Source(models.TextChoices):
        READER = "reader", _("read at the meter")
        PHOTOGRAPH = "photograph", _("photograph of the holder")

    changeable = frozenset({"confirmed_by", "confirmed_at", "bill"})

    account = models.ForeignKey(MeterAccount, models.PROTECT, related_name="readings", verbose_name=_("meter account"))
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="readings", verbose_name=_("meter"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.READER)
    reading = models.PositiveIntegerField(_("reading (m³)"))
    rolled_over = models.BooleanField(
        _("rolled over"), default=False, help_text=_("The register passed its last 9 and began again at 0.")
    )
    read_on = models.DateField(_("read on"))
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("read or recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    remark = models.CharField(_("remark"), max_length=200, blank=True)
    photograph = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("photograph")
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, related_name="correction", null=True, blank=True, verbose_name=_("corrects")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    bill = models.ForeignKey(
        Bill, models.PROTECT, related_name="readings", null=True, blank=True, verbose_name=_("water bill")
    )

    before: int | None  # only on rows that `with_before` has read
    before_on: Any

    objects = ReadingQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["account", "read_on", "id"]
        indexes = [
            models.Index(fields=["account", "-read_on"], name="reading_latest"),
            models.Index(fields=["meter", "-read_on", "-id"], name="reading_of_meter"),
            models.Index(fields=["account"], condition=Q(bill__isnull=True), name="reading_unbilled"),
            models.Index(fields=["account"], condition=SOURCES_TO_CONFIRM, name="reading_to_confirm"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(kind="first", corrects__isnull=True), name="reading_first_only_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("first", "regular", "final", "removal", "installed")), name="reading_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(source="reader") | Q(source="photograph", photograph__isnull=False),
                name="reading_photograph_is_there",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, source="photograph"),
                name="reading_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("reader")),
                name="reading_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, reason="") | (Q(corrects__isnull=False) & ~Q(reason="")),
                name="reading_corrected_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(bill__isnull=True) | ~SOURCES_TO_CONFIRM, name="reading_billed_when_confirmed"
            ),
            models.CheckConstraint(
                condition=Q(rolled_over=False) | ~Q(kind="installed"), name="reading_of_a_new_meter_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.read_on}: {self.reading} m³"

    @property
    def waits(self) -> bool:
        """Whether it is a photograph that nobody has confirmed."""
        return self.source == self.Source.PHOTOGRAPH and self.confirmed_at is None
