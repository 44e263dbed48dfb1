"""Where the till stands in the menu."""

from django.utils.translation import gettext_lazy as _

from accounts.menu import MenuItem
from accounts.roles import BUSINESS_OFFICE, Role

# Who looks at bills and receipts; the auditor may look anywhere.
READERS = (
    Role.COUNTER_CLERK,
    Role.CASHIER,
    Role.DUTY_MANAGER,
    Role.BUSINESS_CLERK,
    Role.BUSINESS_MANAGER,
)
# Who may ask to have a late charge let off, or a bill reversed; another person, the business office manager, decides.
ASKERS = (Role.COUNTER_CLERK, Role.CASHIER, Role.BUSINESS_CLERK)
# Who prints receipts.
PRINTERS = (Role.CASHIER, Role.COUNTER_CLERK, Role.DUTY_MANAGER)
# Who puts on record how many people live at an account.
HOUSEHOLD_KEEPERS = (Role.BUSINESS_CLERK, Role.BUSINESS_MANAGER)
# Who sees a day's takings: a cashier their own, the others everybody's.
SUPERVISORS = (Role.DUTY_MANAGER, Role.DEPUTY_GENERAL_MANAGER, Role.AUDITOR)

# Who approves what departs from the rules of a deposit, and its forfeiture.
DEPOSIT_DECIDERS = (Role.BUSINESS_MANAGER, Role.RESPONSIBLE_LEADER)
DEPOSIT_READERS = (*READERS, Role.RESPONSIBLE_LEADER)

MENU = (
    MenuItem(_("Reading books"), "billing:books", (*BUSINESS_OFFICE, Role.AUDITOR), 38),
    MenuItem(_("Water bills"), "billing:find", (*READERS, Role.AUDITOR), 40),
    MenuItem(_("Decisions about bills"), "billing:decisions", (*READERS, Role.AUDITOR), 41),
    MenuItem(_("Takings"), "billing:day", (Role.CASHIER, *SUPERVISORS), 42),
    MenuItem(_("Statements to be paid"), "billing:owing", (*READERS, Role.AUDITOR), 41),
    MenuItem(_("Tax invoices"), "billing:invoices", (Role.CASHIER, Role.DUTY_MANAGER, Role.AUDITOR), 46),
    MenuItem(_("Deposits"), "billing:deposits", (*DEPOSIT_READERS, Role.AUDITOR), 44),
    MenuItem(_("Price list"), "billing:prices", (), 60),
)
