"""What only one kind of request needs to know of its case."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import CALIBRES, KindOfUse
from accounts.models.customers import check_resident_id_today, cleaned, normalised
from waterservice.identifiers import check_telephone
from waterservice.text import clean_lines


class NewConnectionDetails(models.Model):
    """The application form of a new connection (NC-1), as far as it is not the customer's or the premises' data."""

    application = models.OneToOneField(
        "applications.Application", models.CASCADE, related_name="new_connection", primary_key=True
    )
    kind_of_use = models.CharField(_("kind of use"), max_length=30, choices=KindOfUse.choices, blank=True)
    expected_m3_month = models.DecimalField(
        _("expected use (m³ a month)"),
        max_digits=9,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    calibre = models.PositiveSmallIntegerField(
        _("calibre wanted"), choices=[(dn, f"DN{dn}") for dn in CALIBRES], null=True, blank=True
    )
    purpose = models.CharField(_("line of business or purpose"), max_length=100, blank=True)
    business_premises = models.BooleanField(_("business premises"), default=False)
    project_facts = models.TextField(
        _("basic facts of the project"),
        blank=True,
        max_length=1000,
        help_text=_("Areas, buildings and floors, tanks and pumps."),
    )
    invoice_title = models.CharField(_("invoice title"), max_length=100, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True)
    agent_name = models.CharField(_("agent"), max_length=60, blank=True)
    agent_identity_number = models.CharField(_("agent's identity number"), max_length=18, blank=True)
    agent_telephone = models.CharField(_("agent's telephone"), max_length=20, blank=True)
    works_start = models.DateField(_("works agreed to start"), null=True, blank=True)
    works_end = models.DateField(_("works agreed to end"), null=True, blank=True)

    history = HistoricalRecords(verbose_name=_("history of new connection details"))

    class Meta:
        verbose_name = _("details of a new connection")
        verbose_name_plural = _("details of new connections")
        constraints = [
            models.CheckConstraint(
                condition=Q(expected_m3_month__isnull=True) | Q(expected_m3_month__gt=0),
                name="new_connection_expected_use_positive",
                violation_error_message=_("The expected use must be above 0 m³."),
            ),
            models.CheckConstraint(
                condition=Q(works_end__isnull=True) | Q(works_end__gte=F("works_start")),
                name="new_connection_works_end_after_start",
                violation_error_message=_("The works cannot end before they start."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.application_id)

    def clean(self) -> None:
        """Normalise lines, the agent's identity number and telephone; raises ValidationError by field."""
        cleaned(self, "purpose", "invoice_title", "tax_number", "agent_name")
        cleaned(self, "project_facts", clean=clean_lines)
        normalised(self, agent_identity_number=check_resident_id_today, agent_telephone=check_telephone)
