from django.urls import path

from . import views

app_name = "demo"
urlpatterns = [path("pay/", views.pay, name="pay")]
