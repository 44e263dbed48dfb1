"""Sign-in, role, own password; the page of a meter account."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import public, signed_in
from accounts.context_processors import SESSION_KEY
from accounts.models import MeterAccount, User

sign_in = public(LoginView.as_view(template_name="accounts/sign_in.html", redirect_authenticated_user=True))
sign_out = signed_in(LogoutView.as_view())


@signed_in
@require_POST
def switch_role(request: HttpRequest) -> HttpResponse:
    """Work in another of one's roles from now on."""
    assert isinstance(request.user, User)
    wanted = request.POST.get("role", "")
    if wanted in request.user.roles:
        request.session[SESSION_KEY] = wanted
    return redirect("applications:home")


@signed_in
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other sessions end."""
    assert isinstance(request.user, User)
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password is changed."))
        return redirect("applications:home")
    return render(request, "accounts/password.html", {"form": form})


@signed_in
@require_GET
def account(request: HttpRequest, number: str) -> HttpResponse:
    """A meter account: holder (masked), place, meter, who held it when."""
    found = get_object_or_404(MeterAccount.objects.select_related("holder", "premises", "meter", "book"), number=number)
    context = {"account": found, "tenures": found.tenures.select_related("customer").order_by("-since")}
    return render(request, "accounts/account.html", context)
