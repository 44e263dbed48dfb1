"""Keeping the filters of a home under a name; a person's own, for one role."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from accounts.roles import Role
from applications.models import SavedFilter


def saved_filters(user: User, role: Role) -> list[SavedFilter]:
    """Those of a person in a role, in the order in which they were kept."""
    return list(SavedFilter.objects.filter(owner=user, role=role))


@transaction.atomic
def save_filter(*, owner: User, role: Role, name: str, values: Mapping[str, str], always: bool) -> SavedFilter:
    """Keep filters under a name. Raises ValidationError for a name that is taken, empty or too long."""
    User.objects.select_for_update().get(pk=owner.pk)
    kept = SavedFilter(owner=owner, role=role, name=name.strip(), values=dict(values))
    kept.full_clean()
    kept.save()
    if always:
        begin_with(kept=kept, always=True)
    return kept


@transaction.atomic
def begin_with(*, kept: SavedFilter, always: bool) -> None:
    """Let the home begin with these filters from now on, and with no others; or with none again."""
    User.objects.select_for_update().get(pk=kept.owner_id)
    SavedFilter.objects.filter(owner=kept.owner_id, role=kept.role, always=True).update(always=False)
    SavedFilter.objects.filter(pk=kept.pk).update(always=always)
    kept.always = always


def forget_filter(*, kept: SavedFilter) -> None:
    kept.delete()
