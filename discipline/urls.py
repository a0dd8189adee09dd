from django.urls import path

from . import views

app_name = "discipline"
urlpatterns = [path("<uuid:public_id>/", views.appeal, name="appeal")]
