from django.urls import URLPattern, URLResolver, path

from engineering import views

app_name = "engineering"
urlpatterns: list[URLPattern | URLResolver] = [
    path("load/", views.load, name="load"),
    path("load/export/", views.load_export, name="load-export"),
]
