"""Who: staff and offices · customers · premises, meters, meter accounts, who held them when."""

from accounts.models.customers import (
    Customer,
    CustomerKind,
    IdentityKind,
    Premises,
    UnmaskedLook,
)
from accounts.models.delegations import Delegation
from accounts.models.meters import (
    CALIBRE_CHOICES,
    CALIBRES,
    AccountStatus,
    BillingCycle,
    KindOfUse,
    Meter,
    MeterAccount,
    ReadingBook,
    Tenure,
)
from accounts.models.staff import Office, RoleAssignment, Seat, User
from accounts.roles import OfficeKind, Role

__all__ = [
    "CALIBRES",
    "CALIBRE_CHOICES",
    "AccountStatus",
    "BillingCycle",
    "Customer",
    "CustomerKind",
    "Delegation",
    "IdentityKind",
    "KindOfUse",
    "Meter",
    "MeterAccount",
    "Office",
    "OfficeKind",
    "Premises",
    "ReadingBook",
    "Role",
    "RoleAssignment",
    "Seat",
    "Tenure",
    "UnmaskedLook",
    "User",
]
