from django.urls import path

from . import views

app_name = "certification"
urlpatterns = [
    path("", views.front, name="front"),
    path("complaints/", views.complaints, name="complaints"),
    path("home/", views.home, name="home"),
    path("letters/", views.letters, name="letters"),
    path("letters/<uuid:public_id>/", views.letter, name="letter"),
]
