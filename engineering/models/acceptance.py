"""The joint acceptance (联合验收): its parties, its defects, and what follows from them (NC-8)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engineering.models.columns import ONE_LINE
from engineering.models.sheet import CLOSED, Sheet, SheetPart


class Party(models.TextChoices):
    """Who takes part in a joint acceptance."""

    DESIGN_OFFICE = "design_office", _("Design office")
    SERVICE_CENTRE = "service_centre", _("Service centre")
    BUSINESS_OFFICE = "business_office", _("Business office")
    CONSTRUCTION_UNIT = "construction_unit", _("Construction unit")
    APPLICANT = "applicant", _("Applicant")


# All five; none may stay away from an acceptance that passes.
REQUIRED_PARTIES = tuple(Party)


class Acceptance(Sheet):
    """The sheet of a joint acceptance.

    `passed` is undecided (None) or what parties and defects say, never anything else: save raises ValueError.
    A sheet that says “passed” keeps its rows as they are until it is undecided again.
    """

    held_on = models.DateField(_("held on"), null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True, validators=ONE_LINE)

    starts_anew = frozenset({"held_on", "passed", "note"})
    carried = ("defects",)
    required = ("held_on",)
    rows_fixed = CLOSED | Q(passed=True)

    class Meta(Sheet.Meta):
        verbose_name = _("acceptance sheet")
        verbose_name_plural = _("acceptance sheets")
        default_related_name = "acceptances"
        constraints = [
            *Sheet.Meta.constraints,
            models.CheckConstraint(
                condition=Q(passed__isnull=True) | Q(held_on__isnull=False),
                name="acceptance_decided_on_a_day",
                violation_error_message=_("Enter the day on which the acceptance was held."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(passed__isnull=False),
                name="acceptance_closed_is_decided",
                violation_error_message=_("Record what every party says before the acceptance is closed."),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.passed is not None and (self._state.adding or self.passed != self.verdict()):
            raise ValueError("An acceptance is decided by its parties and defects.")
        super().save(*args, **kwargs)

    def verdict(self) -> bool | None:
        """What the saved rows say: False with a party against it or a defect unmended, True when all pass."""
        if self.parties.filter(passed=False).exists() or self.defects.filter(mended_on__isnull=True).exists():
            return False
        present = set(self.parties.values_list("party", flat=True))
        return True if present.issuperset(REQUIRED_PARTIES) else None


class AcceptanceParty(SheetPart):
    """What one party says of the works."""

    sheet = models.ForeignKey(Acceptance, models.CASCADE, related_name="parties", verbose_name=_("acceptance sheet"))
    party = models.CharField(_("party"), max_length=30, choices=Party.choices)
    representative = models.CharField(_("represented by"), max_length=60, validators=ONE_LINE)
    passed = models.BooleanField(_("passed"))
    remark = models.CharField(_("remark"), max_length=200, blank=True, validators=ONE_LINE)

    key = "party"

    class Meta:
        verbose_name = _("party of an acceptance")
        verbose_name_plural = _("parties of acceptances")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "party"], name="acceptance_party_once"),
            models.CheckConstraint(condition=Q(party__in=Party.values), name="acceptance_party_known"),
            models.CheckConstraint(condition=~Q(representative=""), name="acceptance_party_is_represented"),
            models.CheckConstraint(
                condition=Q(passed=True) | ~Q(remark=""),
                name="acceptance_party_says_why_not",
                violation_error_message=_("A party that does not pass the works says why."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_party_display()


class Defect(SheetPart):
    """A defect that a joint acceptance lists; the works pass when it is mended."""

    sheet = models.ForeignKey(Acceptance, models.CASCADE, related_name="defects", verbose_name=_("acceptance sheet"))
    description = models.CharField(_("defect"), max_length=200, validators=ONE_LINE)
    mended_on = models.DateField(_("mended on"), null=True, blank=True)

    key = "description"

    class Meta:
        verbose_name = _("defect")
        verbose_name_plural = _("defects")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "description"], name="defect_once"),
            models.CheckConstraint(condition=~Q(description=""), name="defect_is_described"),
        ]

    def __str__(self) -> str:
        return self.description
