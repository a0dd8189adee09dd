from django.urls import path

from . import views

app_name = "reporting"
urlpatterns = [
    path("service-times/", views.service_times, name="service_times"),
    path("about-you/", views.about_you, name="about_you"),
]
