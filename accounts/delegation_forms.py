"""The form by which a deputy is appointed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.deputies import delegable, possible_deputies
from accounts.models import Role, RoleAssignment, User
from waterservice.text import LineField

Choices = list[tuple[str, str]]


class DayInput(forms.DateInput):
    input_type = "date"


class DelegationForm(forms.Form):
    """Whose role, who stands in, from when to when, and why. Lists only what the person who fills it in may give."""

    role = forms.ChoiceField(label=gettext_lazy("Which role"))
    deputy = forms.ChoiceField(label=gettext_lazy("Who stands in"))
    first_day = forms.DateField(label=gettext_lazy("First day"), widget=DayInput, initial=timezone.localdate)
    last_day = forms.DateField(label=gettext_lazy("Last day"), widget=DayInput)
    reason = LineField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, data: Any = None, *, by: User, role: str = "") -> None:
        """`role` is the one of one's own that is chosen at first."""
        self.assignments = {str(row.pk): row for row in delegable(by)}
        chosen = next((key for key, row in self.assignments.items() if row.role == role), None)
        super().__init__(data, initial={"role": chosen})
        self.deputies = {str(person.pk): person for person in possible_deputies()}
        self.fields["role"].choices = _roles(self.assignments.values(), by)  # type: ignore[attr-defined]
        people = sorted(self.deputies.values(), key=lambda person: (person.office_id or 0, person.name))
        self.fields["deputy"].choices = [("", "—"), *_by_office(people)]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """The cleaned data as the service takes them."""
        values = dict(self.cleaned_data)
        row = self.assignments[values.pop("role")]
        return {
            **values,
            "giver": row.user,
            "role": Role(row.role),
            "deputy": self.deputies[values["deputy"]],
        }


def _roles(rows: Iterable[RoleAssignment], by: User) -> list[tuple[str, str | Choices]]:
    """One's own roles by their names, below them those of colleagues with the colleague's name and office."""
    own = [(str(row.pk), str(row)) for row in rows if row.user_id == by.pk]
    others = [(str(row.pk), f"{row.user} · {row} · {row.user.office or ''}") for row in rows if row.user_id != by.pk]
    blank = [] if len(own) == 1 else [("", "—")]  # nobody else's role is chosen by itself
    return [*blank, *own, *([(_("Of colleagues"), others)] if others else [])]


def _by_office(people: list[User]) -> list[tuple[str, Choices]]:
    """Names under their offices."""
    found: dict[str, Choices] = {}
    for person in people:
        found.setdefault(str(person.office or _("Without an office")), []).append((str(person.pk), str(person)))
    return list(found.items())
