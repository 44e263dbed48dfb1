from django.urls import URLPattern, URLResolver, path

from accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("role/", views.switch_role, name="switch-role"),
    path("password/", views.password, name="password"),
    path("accounts/<str:number>/", views.account, name="account"),
]
