"""Staff, roles, sign-in and its lock, the switch of role, the administrator's pages."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Office, OfficeKind, RoleAssignment, User
from accounts.roles import Role
from applications.tour.cast import colleague

PASSWORD = "correct-horse-battery"


@pytest.fixture
def clerk(db: None) -> User:
    office = Office.objects.create(code="FW01", name="客户服务中心", kind=OfficeKind.SERVICE_CENTRE)
    user = User.objects.create_user("min", PASSWORD, name="张敏", office=office)
    for role in (Role.COUNTER_CLERK, Role.CASHIER):
        RoleAssignment.objects.create(user=user, role=role)
    return user


def sign_in(client: Client, password: str, **extra: str) -> int:
    return client.post(reverse("accounts:sign-in"), {"username": "min", "password": password, **extra}).status_code


@pytest.mark.embedded
def test_sign_in_and_out(client: Client, clerk: User) -> None:
    assert sign_in(client, "wrong") == 200
    assert sign_in(client, PASSWORD) == 302
    assert client.get("/").status_code == 200
    client.post(reverse("accounts:sign-out"))
    assert client.get("/").status_code == 302


def test_sign_in_locks_after_failures(client: Client, clerk: User, lockout: None) -> None:
    answers = [sign_in(client, "wrong") for _attempt in range(5)]
    assert answers[-1] == 429
    assert sign_in(client, PASSWORD) == 429


def test_sign_in_leads_nowhere_else(client: Client, clerk: User) -> None:
    answer = client.post(
        reverse("accounts:sign-in"), {"username": "min", "password": PASSWORD, "next": "https://example.com/"}
    )
    assert answer["Location"] == "/"


def test_somebody_who_left_cannot_sign_in(client: Client, clerk: User) -> None:
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert sign_in(client, PASSWORD) == 200


def test_the_role_one_works_in_can_be_switched_to_ones_own_only(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    assert client.get("/").context["desk"].role == Role.COUNTER_CLERK
    client.post(reverse("accounts:switch-role"), {"role": Role.CASHIER})
    assert client.get("/").context["desk"].role == Role.CASHIER
    client.post(reverse("accounts:switch-role"), {"role": Role.ADMINISTRATOR})
    assert client.get("/").context["desk"].role == Role.CASHIER


def test_a_superuser_is_an_administrator(db: None) -> None:
    chief = User.objects.create_superuser("chief", PASSWORD, name="何敏")
    assert chief.roles == {Role.ADMINISTRATOR}
    assert chief.is_staff


@pytest.mark.parametrize("role", Role)
def test_every_role_has_an_office_and_managers_do_not_manage_themselves(role: Role) -> None:
    assert role.office_kind in OfficeKind
    assert role.manager != role


def test_the_administrator_reaches_every_page_of_the_administration(client: Client, db: None) -> None:
    from django.contrib import admin

    client.force_login(colleague(Role.ADMINISTRATOR))
    pages = [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]
    assert {"admin:accounts_user_changelist", "admin:waterservice_policyvalue_changelist"} <= set(pages)
    for page in pages:
        assert client.get(reverse(page)).status_code == 200, page


def test_the_administrator_adds_a_colleague_with_a_role(client: Client, clerk: User) -> None:
    client.force_login(colleague(Role.ADMINISTRATOR))
    answer = client.post(
        reverse("admin:accounts_user_add"),
        {
            "username": "yang",
            "name": "赵阳",
            "office": clerk.office_id,
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "role_assignments-TOTAL_FORMS": 1,
            "role_assignments-INITIAL_FORMS": 0,
            "role_assignments-0-role": Role.DESIGNER,
        },
    )
    assert answer.status_code == 302
    assert User.objects.get(username="yang").roles == {Role.DESIGNER}
