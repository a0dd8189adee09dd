from django.urls import path

from . import views

app_name = "training_providers"
urlpatterns = [
    path("", views.providers, name="list"),
    path("mine/", views.mine, name="mine"),
    path("mine/send/", views.send, name="send"),
    path("mine/<int:pk>/answer/", views.answer, name="answer"),
    path("mine/<int:pk>/not-me/", views.not_me, name="not_me"),
]
