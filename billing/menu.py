"""Where the till stands in the menu."""

from django.utils.translation import gettext_lazy as _

from accounts.menu import MenuItem
from accounts.roles import Role

# Who looks at bills and receipts; the auditor may look anywhere.
READERS = (
    Role.COUNTER_CLERK,
    Role.CASHIER,
    Role.DUTY_MANAGER,
    Role.BUSINESS_CLERK,
    Role.BUSINESS_MANAGER,
)
# Who sees a day's takings: a cashier their own, the others everybody's.
SUPERVISORS = (Role.DUTY_MANAGER, Role.DEPUTY_GENERAL_MANAGER, Role.AUDITOR)

MENU = (
    MenuItem(_("Water bills"), "billing:find", (*READERS, Role.AUDITOR), 40),
    MenuItem(_("Takings"), "billing:day", (Role.CASHIER, *SUPERVISORS), 42),
    MenuItem(_("Deposits held"), "billing:deposits", (*READERS, Role.AUDITOR), 44),
    MenuItem(_("Price list"), "billing:prices", (), 60),
)
