from django.urls import path

from . import views

app_name = "demo"
urlpatterns = [
    path("", views.people, name="people"),
    path("mail/", views.mail, name="mail"),
    path("pay/", views.pay, name="pay"),
]
