"""The sheets of survey, design, construction task and completion (NC-4a to NC-7)."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import CALIBRE_CHOICES, CALIBRES, Office, OfficeKind
from accounts.models.meters import FEWEST_DIGITS, MOST_DIGITS, digits_column, refuse_more_than_shown
from engineering.models.columns import LINES, MAIN_CALIBRE_CHOICES, MAIN_CALIBRES, ONE_LINE, YES_NO
from engineering.models.sheet import Sheet
from waterservice.models import StoredFile

NOT_NEGATIVE = [MinValueValidator(Decimal(0))]
# What a town main carries: below it nothing comes out of a tap, and its pipes are built for no more.
LEAST_MPA, MOST_MPA = Decimal("0.05"), Decimal("1.6")
CALIBRE_KNOWN = models.CheckConstraint(condition=Q(calibre__in=CALIBRES), name="%(class)s_calibre_known")


# What surveyors mostly write; their own words are as good.
REASONS_NOT_TO_SUPPLY = (
    _("No main near enough"),
    _("The pressure is too low"),
    _("The main has no capacity left"),
    _("The road may not be opened"),
    _("No place for the meter"),
    _("The building is unlawful or to be pulled down"),
)


class Survey(Sheet):
    """The survey sheet (勘查单): can the place be supplied, from where, how (NC-4a)."""

    surveyed_on = models.DateField(_("surveyed on"), null=True, blank=True)
    supplyable = models.BooleanField(_("can be supplied"), null=True, blank=True, choices=YES_NO)
    reason = models.CharField(_("why it cannot be supplied"), max_length=300, blank=True, validators=ONE_LINE)
    road_opening = models.BooleanField(_("road must be opened"), null=True, blank=True, choices=YES_NO)
    pressure_mpa = models.DecimalField(
        _("pressure (MPa)"),
        max_digits=5,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_MPA), MaxValueValidator(MOST_MPA)],
    )
    nearest_main = models.CharField(_("nearest main"), max_length=120, blank=True, validators=ONE_LINE)
    main_calibre = models.PositiveSmallIntegerField(
        _("calibre of the main"), choices=MAIN_CALIBRE_CHOICES, null=True, blank=True
    )
    calibre = models.PositiveSmallIntegerField(_("calibre proposed"), choices=CALIBRE_CHOICES, null=True, blank=True)
    meter_position = models.CharField(_("meter position"), max_length=120, blank=True, validators=ONE_LINE)
    conclusion = models.TextField(_("conclusion"), max_length=500, blank=True, validators=LINES)

    required = (
        "surveyed_on",
        "supplyable",
        "road_opening",
        "pressure_mpa",
        "nearest_main",
        "calibre",
        "meter_position",
        "conclusion",
    )

    class Meta(Sheet.Meta):
        verbose_name = _("survey sheet")
        verbose_name_plural = _("survey sheets")
        default_related_name = "surveys"
        constraints = [
            *Sheet.Meta.constraints,
            CALIBRE_KNOWN,
            models.CheckConstraint(condition=Q(main_calibre__in=MAIN_CALIBRES), name="survey_main_calibre_known"),
            models.CheckConstraint(
                condition=Q(pressure_mpa__gte=LEAST_MPA, pressure_mpa__lte=MOST_MPA), name="survey_pressure_plausible"
            ),
            models.CheckConstraint(
                condition=Q(supplyable__isnull=True) | Q(supplyable=True) | ~Q(reason=""),
                name="survey_not_supplyable_says_why",
                violation_error_message=_("Say why the place cannot be supplied."),
            ),
            models.CheckConstraint(
                condition=Q(reason="") | Q(supplyable__isnull=False, supplyable=False),
                name="survey_reason_only_when_not_supplyable",
                violation_error_message=_(
                    "A reason stands only where the place cannot be supplied: choose “no”, or leave it empty."
                ),
            ),
        ]


class Design(Sheet):
    """The design plan (设计方案) with its drawing (NC-4b)."""

    plan = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("plan")
    )
    description = models.TextField(_("description"), max_length=1000, blank=True, validators=LINES)
    length_m = models.DecimalField(
        _("length of pipe (m)"),
        max_digits=8,
        decimal_places=1,
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
    )
    calibre = models.PositiveSmallIntegerField(
        _("calibre of the meter"), choices=CALIBRE_CHOICES, null=True, blank=True
    )

    required = ("plan", "description", "calibre")

    class Meta(Sheet.Meta):
        verbose_name = _("design plan")
        verbose_name_plural = _("design plans")
        default_related_name = "designs"
        constraints = [
            *Sheet.Meta.constraints,
            CALIBRE_KNOWN,
            models.CheckConstraint(condition=Q(length_m__gte=0), name="design_length_not_negative"),
        ]


class ConstructionTask(Sheet):
    """The construction task (施工任务): who builds, from when until when (NC-6, NC-7)."""

    unit = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, verbose_name=_("construction unit"))
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    instructions = models.TextField(_("instructions"), max_length=1000, blank=True, validators=LINES)

    required = ("unit", "starts_on", "ends_on")

    class Meta(Sheet.Meta):
        verbose_name = _("construction task")
        verbose_name_plural = _("construction tasks")
        default_related_name = "construction_tasks"
        constraints = [
            *Sheet.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="construction_task_ends_after_start",
                violation_error_message=_("The works cannot end before they start."),
            ),
        ]

    def clean(self) -> None:
        if self.unit is not None and self.unit.kind != OfficeKind.CONSTRUCTION_UNIT:
            raise ValidationError(
                {
                    "unit": ValidationError(
                        _("%(office)s is not a construction unit. Choose one that is."),
                        params={"office": self.unit.name},
                    )
                }
            )


class Completion(Sheet):
    """The completion report (竣工报告) with the meter that was set (NC-7)."""

    completed_on = models.DateField(_("completed on"), null=True, blank=True)
    meter_number = models.CharField(_("meter number"), max_length=30, blank=True, validators=ONE_LINE)
    maker_number = models.CharField(_("maker's number"), max_length=40, blank=True, validators=ONE_LINE)
    meter_model = models.CharField(_("meter model"), max_length=40, blank=True, validators=ONE_LINE)
    calibre = models.PositiveSmallIntegerField(
        _("calibre of the meter"), choices=CALIBRE_CHOICES, null=True, blank=True
    )
    calibre_reason = models.CharField(
        _("why it differs from the design"), max_length=200, blank=True, validators=ONE_LINE
    )
    meter_position = models.CharField(_("meter position"), max_length=120, blank=True, validators=ONE_LINE)
    digits = digits_column(_("digits of the register"))
    first_reading = models.PositiveIntegerField(_("first reading (m³)"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True, validators=ONE_LINE)

    starts_anew = frozenset({"completed_on", "calibre_reason"})
    required = ("completed_on", "meter_number", "calibre", "meter_position", "first_reading")

    class Meta(Sheet.Meta):
        verbose_name = _("completion report")
        verbose_name_plural = _("completion reports")
        default_related_name = "completions"
        indexes = [models.Index(fields=["meter_number"], name="completion_by_meter_number")]
        constraints = [
            *Sheet.Meta.constraints,
            CALIBRE_KNOWN,
            # Across projects no lock is held; of two that report one meter at once, the database refuses one.
            models.UniqueConstraint(
                fields=["meter_number"],
                condition=Q(closed_at__isnull=True) & ~Q(meter_number=""),
                name="completion_meter_reported_once",
                violation_error_message=_("Another project reports this meter number. Read the number again."),
            ),
            models.CheckConstraint(
                condition=Q(digits__gte=FEWEST_DIGITS, digits__lte=MOST_DIGITS), name="completion_digits_known"
            ),
        ]

    def clean(self) -> None:
        refuse_more_than_shown(self.first_reading, self.digits)
