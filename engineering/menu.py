from django.utils.translation import gettext_lazy as _

from accounts.menu import MenuItem
from engineering.views import MAY_LOOK

MENU = (MenuItem(_("Design office"), "engineering:load", MAY_LOOK, 40),)
