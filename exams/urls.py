from django.urls import path

from . import views

app_name = "exams"
urlpatterns = [
    path("", views.home, name="home"),
    path("changes/", views.changes, name="changes"),
    path("pay/", views.pay, name="pay"),
    path("voucher/", views.voucher, name="voucher"),
    path("paid/", views.paid, name="paid"),
    path("again/", views.again, name="again"),
    path("fee-back/<uuid:fee_id>/", views.fee_back, name="fee_back"),
]
