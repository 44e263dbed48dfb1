from django.urls import URLPattern, URLResolver, path

from billing import views

app_name = "billing"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.find, name="find"),
    path("accounts/<str:number>/", views.account, name="account"),
    path("accounts/<str:number>/due/", views.due, name="due"),
    path("accounts/<str:number>/pay/", views.pay, name="pay"),
    path("receipts/<str:number>/", views.receipt, name="receipt"),
    path("receipts/<str:number>/reverse/", views.reverse_receipt, name="reverse-receipt"),
    path("day/", views.day, name="day"),
    path("day/export/", views.day_export, name="day-export"),
    path("deposits/", views.deposits, name="deposits"),
    path("deposits/export/", views.deposits_export, name="deposits-export"),
    path("prices/", views.prices, name="prices"),
]
