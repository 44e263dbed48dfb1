"""The demo utility's offices and staff. Everything in the demo is made up and says so."""

from accounts.models import Office, OfficeKind, RoleAssignment, User
from accounts.roles import Role

PASSWORD = "gongshui-demo"  # noqa: S105 printed at every start of the demo
MARK = "演示"

OFFICES = {
    OfficeKind.SERVICE_CENTRE: ("FW01", "客户服务中心"),
    OfficeKind.BUSINESS_OFFICE: ("YY01", "城东营业所"),
    OfficeKind.DESIGN_OFFICE: ("SJ01", "设计室"),
    OfficeKind.CONSTRUCTION_UNIT: ("SG01", "安泰管道施工队"),
    OfficeKind.PIPELINE: ("GX01", "管线管理部"),
    OfficeKind.MANAGEMENT: ("GS01", "公司领导"),
    OfficeKind.ADMINISTRATION: ("XX01", "信息中心"),
    OfficeKind.AUDIT: ("SH01", "审计部"),
}
STAFF: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("counter", "张敏", (Role.COUNTER_CLERK,)),
    ("cashier", "陈洁", (Role.CASHIER,)),
    ("duty", "孙丽", (Role.DUTY_MANAGER,)),
    ("business", "赵阳", (Role.BUSINESS_CLERK,)),
    ("business.manager", "钱伟", (Role.BUSINESS_MANAGER,)),
    ("designer", "李工", (Role.DESIGNER,)),
    ("leader", "周总", (Role.RESPONSIBLE_LEADER,)),
    ("deputy", "郑总", (Role.DEPUTY_GENERAL_MANAGER,)),
    ("construction", "石工", (Role.CONSTRUCTION_UNIT,)),
    ("pipeline", "管工", (Role.PIPELINE_MANAGEMENT,)),
    ("admin", "何敏", (Role.ADMINISTRATOR,)),
    ("auditor", "沈静", (Role.AUDITOR,)),
)


def create_staff() -> None:
    """One sign-in for each role."""
    offices = {kind: Office.objects.create(code=code, name=name, kind=kind) for kind, (code, name) in OFFICES.items()}
    for username, name, roles in STAFF:
        user = User.objects.create_user(username, PASSWORD, name=name, office=offices[roles[0].office_kind])
        for role in roles:
            RoleAssignment.objects.create(user=user, role=role)


def member(role: Role) -> User:
    """The demo's person of a role."""
    username = next(username for username, _name, roles in STAFF if role in roles)
    return User.objects.select_related("office").get(username=username)


def loaded() -> bool:
    """Whether this database holds the demo."""
    usernames = {username for username, _name, _roles in STAFF}
    return usernames <= set(User.objects.values_list("username", flat=True))


def signs_in() -> list[tuple[str, str, str]]:
    """(role, name, sign-in name) for each role."""
    return [(str(roles[0].label), name, username) for username, name, roles in STAFF]
