"""What several columns of the works have in common."""

from django.utils.translation import gettext_lazy as _

from accounts.models import CALIBRES
from waterservice.text import refuse_control_characters

# Mains are wider than any meter.
MAIN_CALIBRES = (*CALIBRES, 400, 500, 600, 800, 1000, 1200)
MAIN_CALIBRE_CHOICES = [(dn, f"DN{dn}") for dn in MAIN_CALIBRES]
YES_NO = [(True, _("yes")), (False, _("no"))]


def refuse_control_characters_in_lines(text: str) -> None:
    """Validator for several lines. Raises ValidationError for control and invisible characters."""
    for line in text.splitlines():
        refuse_control_characters(line)


ONE_LINE = [refuse_control_characters]
LINES = [refuse_control_characters_in_lines]
