from django.urls import URLPattern, URLResolver, path

from accounts import delegation_views, views

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("role/", views.switch_role, name="switch-role"),
    path("password/", views.password, name="password"),
    path("deputies/", delegation_views.deputies, name="deputies"),
    path("deputies/appoint/", delegation_views.appoint, name="appoint-deputy"),
    path("deputies/export/", delegation_views.export, name="deputies-export"),
    path("deputies/<int:pk>/end/", delegation_views.end, name="end-delegation"),
    path("accounts/<str:number>/", views.account, name="account"),
]
