"""Reads of customers, premises and meter accounts."""

import unicodedata
from datetime import date

from django.db.models import Case, Max, Q, QuerySet, Value, When

from accounts.models import (
    AccountStatus,
    Customer,
    Delegation,
    MeterAccount,
    Office,
    Premises,
    ReadingBook,
    Tenure,
    User,
)
from accounts.models.customers import PARTS, check_identity, papers_like
from accounts.roles import Role
from waterservice.identifiers import IdentifierError

# From so many last figures on a telephone is found by its end.
TAIL = 4


def find_customer(identity_kind: str, number: str) -> Customer | None:
    """The customer known by a paper, or by another that carries the same number, or None."""
    try:
        spelled = check_identity(identity_kind, number)
    except IdentifierError:
        return None
    return Customer.objects.filter(identity_kind__in=papers_like(identity_kind), identity_number=spelled).first()


def find_premises(**parts: str) -> Premises | None:
    """The place of these parts, however the address is split into them, with or without 号 and 室, or None.

    Raises ValidationError for control characters.
    """
    place = Premises(**parts)
    place.clean()
    exact = Premises.objects.filter(**{name: getattr(place, name) for name in PARTS}).first()
    return exact or Premises.objects.filter(address=place.address).first()


def words_sought(text: str) -> list[str]:
    """The words of a search in half width, as what is sought is kept."""
    return unicodedata.normalize("NFKC", text).split()


def search_accounts(text: str) -> QuerySet[MeterAccount]:
    """Meter accounts by number, holder, telephone, address or meter; every word must be found somewhere."""
    found = MeterAccount.objects.select_related("holder", "premises", "meter")
    for word in words_sought(text):
        found = found.filter(
            Q(number__startswith=word)
            | Q(holder__name__icontains=word)
            | Q(holder__identity_number=word.upper())
            | by_telephone(word, "holder__")
            | Q(premises__address__icontains=word)
            | Q(meter__number=word)
        )
    return found


def accounts_concerning(*, customer: Customer | None, premises: Premises | None) -> QuerySet[MeterAccount]:
    """The accounts that a customer (by identity number or credit code) holds, or that supply the premises."""
    concerned = Q(pk__in=())
    if customer is not None:
        concerned |= Q(holder__identity_number=customer.identity_number)
    if premises is not None:
        concerned |= Q(premises=premises)
    return MeterAccount.objects.filter(concerned).select_related("holder", "premises")


def accounts_at(premises: Premises) -> list[str]:
    """The numbers of the accounts at a place that are not closed."""
    accounts = MeterAccount.objects.filter(premises=premises).exclude(status=AccountStatus.CLOSED)
    return list(accounts.order_by("number").values_list("number", flat=True))


def by_telephone(word: str, customer: str) -> Q:
    """That a telephone of a customer, reached by this prefix, begins or, by at least four figures, ends like a word."""
    asked = Q(**{f"{customer}telephone__startswith": word}) | Q(**{f"{customer}second_telephone__startswith": word})
    if len(word) >= TAIL and word.isdecimal():
        asked |= Q(**{f"{customer}telephone__endswith": word}) | Q(**{f"{customer}second_telephone__endswith": word})
    return asked


def next_place(book: ReadingBook) -> int:
    """The place behind the last account of a reading book."""
    return (book.accounts.aggregate(last=Max("order_in_book"))["last"] or 0) + 1


def staff_in(role: Role, office: Office | None) -> QuerySet[User]:
    """Who works in a role now, in one office or, without one, anywhere."""
    staff = User.objects.filter(is_active=True, role_assignments__role=role)
    return staff.filter(office=office) if office is not None else staff


def attending(role: Role, office: Office | None) -> QuerySet[User]:
    """Whom to tell what waits for a role: who works in it, and today's deputies of these people."""
    staff = staff_in(role, office)
    deputies = Delegation.objects.running().filter(role=role, giver__in=staff.order_by().values("pk"))
    either = Q(pk__in=staff.order_by().values("pk")) | Q(pk__in=deputies.order_by().values("deputy"))
    return User.objects.filter(either, is_active=True)


def with_deputies(person: User, role: Role) -> list[User]:
    """Somebody, and whoever stands in for them today in a role that they hold."""
    held = Delegation.objects.running().filter(giver=person, role=role, giver__role_assignments__role=role)
    return [person, *User.objects.filter(pk__in=held.order_by().values("deputy"), is_active=True)]


def tenure_on(account: MeterAccount, day: date) -> Tenure | None:
    """Who held an account on a day, with the readings; None before water on and after the account was closed."""
    held = account.tenures.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day)
    return held.select_related("customer").order_by("-since").first()


def holder_on(account: MeterAccount, day: date) -> Customer | None:
    """The customer who held an account on a day; the day of a hand-over is still the old holder's (OT-7)."""
    tenure = tenure_on(account, day)
    return tenure.customer if tenure else None


def books_for(person: User) -> QuerySet[ReadingBook]:
    """The reading books of somebody's office, those that they read themselves first; the auditor sees all."""
    own_first = Case(When(reader=person, then=Value(0)), default=Value(1))
    books = ReadingBook.objects.select_related("reader", "office").order_by(own_first, "code")
    return books if person.has_role(Role.AUDITOR) else books.filter(office__in=person.works_in)
