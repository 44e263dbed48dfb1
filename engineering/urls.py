from django.urls import URLPattern, URLResolver

app_name = "engineering"
urlpatterns: list[URLPattern | URLResolver] = []
