"""The sheets of survey, design, construction task, completion and acceptance (NC-4a to NC-8)."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import CALIBRES
from engineering.models.project import Sheet

CALIBRE_CHOICES = [(dn, f"DN{dn}") for dn in CALIBRES]
MAIN_CALIBRES = [(dn, f"DN{dn}") for dn in (*CALIBRES, 400, 500, 600, 800, 1000)]
YES_NO = [(True, _("yes")), (False, _("no"))]


class Survey(Sheet):
    """The survey sheet (勘查单): can the place be supplied, from where, how."""

    surveyed_on = models.DateField(_("surveyed on"), null=True, blank=True)
    supplyable = models.BooleanField(_("can be supplied"), null=True, blank=True, choices=YES_NO)
    reason = models.CharField(_("why it cannot be supplied"), max_length=300, blank=True)
    road_opening = models.BooleanField(_("road must be opened"), null=True, blank=True, choices=YES_NO)
    pressure_mpa = models.DecimalField(
        _("pressure (MPa)"), max_digits=5, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    nearest_main = models.CharField(_("nearest main"), max_length=120, blank=True)
    main_calibre = models.PositiveSmallIntegerField(_("calibre of the main"), choices=MAIN_CALIBRES, null=True, blank=True)
    calibre = models.PositiveSmallIntegerField(_("calibre proposed"), choices=CALIBRE_CHOICES, null=True, blank=True)
    meter_position = models.CharField(_("meter position"), max_length=120, blank=True)
    conclusion = models.TextField(_("conclusion"), max_length=500, blank=True)

    class Meta(Sheet.Meta):
        verbose_name = _("survey sheet")
        verbose_name_plural = _("survey sheets")
        default_related_name = "surveys"
        constraints = [
            *Sheet.Meta.constraints,
            models.CheckConstraint(
                condition=Q(supplyable__isnull=True) | Q(supplyable=True) | ~Q(reason=""),
                name="survey_not_supplyable_says_why",
                violation_error_message=_("Say why the place cannot be supplied."),
            ),
        ]


class Design(Sheet):
    """The design plan (设计方案) with its drawing."""

    plan = models.ForeignKey(
        "waterservice.StoredFile", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("plan")
    )
    description = models.TextField(_("description"), max_length=1000, blank=True)
    length_m = models.DecimalField(
        _("length of pipe (m)"), max_digits=8, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    calibre = models.PositiveSmallIntegerField(_("calibre of the meter"), choices=CALIBRE_CHOICES, null=True, blank=True)

    class Meta(Sheet.Meta):
        verbose_name = _("design plan")
        verbose_name_plural = _("design plans")
        default_related_name = "designs"


class ConstructionTask(Sheet):
    """The construction task (施工任务): who builds, from when until when (NC-6, NC-7)."""

    unit = models.ForeignKey(
        "accounts.Office", models.PROTECT, null=True, blank=True, verbose_name=_("construction unit")
    )
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    instructions = models.TextField(_("instructions"), max_length=1000, blank=True)

    class Meta(Sheet.Meta):
        verbose_name = _("construction task")
        verbose_name_plural = _("construction tasks")
        default_related_name = "construction_tasks"
        constraints = [
            *Sheet.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="construction_task_ends_after_start",
                violation_error_message=_("The works cannot end before they start."),
            ),
        ]


class Completion(Sheet):
    """The completion report (竣工报告) with the meter that was set (NC-7)."""

    completed_on = models.DateField(_("completed on"), null=True, blank=True)
    meter_number = models.CharField(_("meter number"), max_length=30, blank=True)
    maker_number = models.CharField(_("maker's number"), max_length=40, blank=True)
    meter_model = models.CharField(_("meter model"), max_length=40, blank=True)
    calibre = models.PositiveSmallIntegerField(_("calibre of the meter"), choices=CALIBRE_CHOICES, null=True, blank=True)
    meter_position = models.CharField(_("meter position"), max_length=120, blank=True)
    first_reading = models.PositiveIntegerField(_("first reading (m³)"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta(Sheet.Meta):
        verbose_name = _("completion report")
        verbose_name_plural = _("completion reports")
        default_related_name = "completions"


class Party(models.TextChoices):
    """Who takes part in a joint acceptance (联合验收)."""

    DESIGN_OFFICE = "design_office", _("Design office")
    SERVICE_CENTRE = "service_centre", _("Service centre")
    BUSINESS_OFFICE = "business_office", _("Business office")
    CONSTRUCTION_UNIT = "construction_unit", _("Construction unit")
    APPLICANT = "applicant", _("Applicant")


class Acceptance(Sheet):
    """The sheet of a joint acceptance: passed when every party passed it and no defect is left (NC-8)."""

    held_on = models.DateField(_("held on"), null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta(Sheet.Meta):
        verbose_name = _("acceptance sheet")
        verbose_name_plural = _("acceptance sheets")
        default_related_name = "acceptances"


class AcceptanceParty(models.Model):
    acceptance = models.ForeignKey(Acceptance, models.CASCADE, related_name="parties")
    party = models.CharField(_("party"), max_length=30, choices=Party.choices)
    representative = models.CharField(_("represented by"), max_length=60)
    passed = models.BooleanField(_("passed"))
    remark = models.CharField(_("remark"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("party of an acceptance")
        verbose_name_plural = _("parties of acceptances")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["acceptance", "party"], name="acceptance_party_once"),
            models.CheckConstraint(
                condition=Q(passed=True) | ~Q(remark=""),
                name="acceptance_party_says_why_not",
                violation_error_message=_("A party that does not pass the works says why."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_party_display()


class Defect(models.Model):
    """A defect that a joint acceptance lists; construction mends it before the next."""

    acceptance = models.ForeignKey(Acceptance, models.CASCADE, related_name="defects")
    description = models.CharField(_("defect"), max_length=200)
    mended_on = models.DateField(_("mended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("defect")
        verbose_name_plural = _("defects")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.description
