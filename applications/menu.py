from django.utils.translation import gettext_lazy as _

from accounts.menu import MenuItem
from accounts.roles import Role
from applications.takeover.signing import ENTERS
from applications.views.overview import OVERSEEING
from applications.views.statistics import MANAGING

EVERYBODY_BUT_ADMINISTRATORS = tuple(role for role in Role if role != Role.ADMINISTRATOR)

MENU = (
    MenuItem(_("My work"), "applications:home", EVERYBODY_BUT_ADMINISTRATORS, 10),
    MenuItem(
        _("Approvals"),
        "applications:approvals",
        (Role.DUTY_MANAGER, Role.BUSINESS_MANAGER, Role.RESPONSIBLE_LEADER, Role.DEPUTY_GENERAL_MANAGER),
        15,
    ),
    MenuItem(_("Whole view"), "applications:overview", OVERSEEING, 16),
    MenuItem(_("Cases"), "applications:register", EVERYBODY_BUT_ADMINISTRATORS, 20),
    MenuItem(_("Paper files"), "applications:takeovers", ENTERS, 25),
    MenuItem(_("Statistics"), "applications:statistics", MANAGING, 60),
    MenuItem(_("Calendar"), "applications:calendar", (), 70),
    MenuItem(_("Verify a paper"), "applications:verify", EVERYBODY_BUT_ADMINISTRATORS, 80),
)
