"""Staff, offices and reading books, for the administrator."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Delegation, Office, ReadingBook, RoleAssignment, UnmaskedLook, User
from waterservice.admin import LookedAtAdmin

admin.site.site_header = admin.site.site_title = _("Water service hall: administration")
admin.site.index_title = _("Policies, calendar, staff, price list")

# Rights come from roles alone.
admin.site.unregister(Group)


class RoleInline(admin.TabularInline):
    model = RoleAssignment
    extra = 1


class StaffCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "name", "office")


class StaffChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class StaffAdmin(UserAdmin):
    """Somebody who has left is switched off; nobody is deleted."""

    form = StaffChangeForm
    add_form = StaffCreationForm
    inlines = (RoleInline,)
    list_display = ("username", "name", "office", "is_active")
    list_filter = ("office", "is_active", "role_assignments__role")
    search_fields = ("username", "name")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (_("Person"), {"fields": ("name", "office", "telephone", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "name", "office", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Office)
class OfficeAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "kind")
    list_filter = ("kind",)
    search_fields = ("code", "name")


@admin.register(ReadingBook)
class ReadingBookAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "cycle", "reader", "office")
    list_filter = ("cycle", "office")


@admin.register(UnmaskedLook)
class UnmaskedLookAdmin(LookedAtAdmin):
    """Who looked at whose data: to read, not to change."""

    list_display = ("looked_at", "looked_by", "customer", "purpose")
    date_hierarchy = "looked_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Delegation)
class DelegationAdmin(LookedAtAdmin):
    """Deputies, to look at: they are appointed and ended on their own page, which asks who may."""

    list_display = ("giver", "role", "deputy", "first_day", "last_day", "reason", "made_by", "made_at", "ended_at")
    list_select_related = ("giver", "deputy", "made_by")
    list_filter = ("role",)
    search_fields = ("giver__name", "deputy__name")
    date_hierarchy = "first_day"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
