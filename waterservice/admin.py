"""For the administrator: policies and the calendar. Numbers and stored files are nobody's to edit."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from waterservice.models import CalendarDay, PolicyValue
from waterservice.policies import Policy, all_policies, find, set_policy, to_json


def _actor(request: HttpRequest) -> AbstractBaseUser:
    """Who is at work; the admin lets nobody in who has not signed in."""
    assert isinstance(request.user, AbstractBaseUser)
    return request.user


class LookedAtAdmin(admin.ModelAdmin):
    """Rows that are looked at, not changed: the list is headed by what they are, not by “select one to view”."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        titled = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, titled)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PolicyForm(forms.ModelForm):
    """A value for one policy from a day on; the same day twice corrects the first."""

    key = forms.ChoiceField(label=_("policy"))
    value = forms.CharField(label=_("value"), max_length=200)

    class Meta:
        model = PolicyValue
        fields = ["key", "value", "effective_from", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "")] + [(policy.key, policy.label) for policy in all_policies()]
        self.fields["key"] = forms.ChoiceField(label=_("policy"), choices=choices)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        key, since = cleaned.get("key"), cleaned.get("effective_from")
        if since and since < timezone.localdate():
            self.add_error(
                "effective_from", _("A policy changes from today on at the earliest: what held on past days stays.")
            )
        if key and "value" in cleaned:
            try:
                cleaned["value"] = to_json(find(key).parse(cleaned["value"]))
            except forms.ValidationError as refusal:
                self.add_error("value", refusal)
        if key and since:
            same_day = PolicyValue.objects.filter(key=key, effective_from=since).first()
            self.instance = same_day or self.instance
        return cleaned


class PolicyChangeList(ChangeList):
    """The values set so far, headed by what holds today."""

    def in_force(self) -> list[tuple[Policy[Any], str]]:
        """Every policy with today's value."""
        today = timezone.localdate()
        return [(policy, policy.show(policy.on(today))) for policy in all_policies()]


@admin.register(PolicyValue)
class PolicyValueAdmin(LookedAtAdmin, SimpleHistoryAdmin):
    """Values are added, each from a day on; what is there is looked at, not changed."""

    form = PolicyForm
    list_display = ["policy", "shown", "effective_from", "note", "set_by", "set_at"]
    list_select_related = ["set_by"]
    ordering = ["-set_at"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PolicyChangeList

    def save_model(self, request: HttpRequest, obj: PolicyValue, form: Any, change: bool) -> None:
        stored = set_policy(
            policy=find(obj.key),
            value=obj.value,
            effective_from=obj.effective_from,
            by=_actor(request),
            note=obj.note,
        )
        obj.pk = stored.pk

    @admin.display(description=_("policy"), ordering="key")
    def policy(self, row: PolicyValue) -> str:
        return str(find(row.key).label)

    @admin.display(description=_("value"))
    def shown(self, row: PolicyValue) -> str:
        policy = find(row.key)
        return policy.show(policy.parse(row.value))


@admin.register(CalendarDay)
class CalendarDayAdmin(LookedAtAdmin):
    """What was entered, to look at. It is changed on the calendar's own page, where open due moments move along."""

    list_display = ["day", "working", "name", "source", "notice", "set_by", "set_at"]
    list_select_related = ["set_by", "notice"]
    list_filter = ["working"]
    date_hierarchy = "day"
    ordering = ["-day"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
