from django.urls import path

from . import message_views, sending_views, views

app_name = "applications"
urlpatterns = [
    path("eligibility/", views.eligibility, name="eligibility"),
    path("apply/", views.apply, name="apply"),
    path("apply/begin/", views.begin, name="begin"),
    path("apply/check/", views.check, name="check"),
    path("apply/pay/", views.pay, name="pay"),
    path("apply/voucher/", views.voucher, name="voucher"),
    path("apply/sent/", views.sent, name="sent"),
    path("apply/answer/", views.answer, name="answer"),
    path("apply/withdraw/", views.withdraw, name="withdraw"),
    path("apply/keep/", views.keep, name="keep"),
    path("apply/more-time/", views.more_time, name="more_time"),
    path("apply/accounts/", views.accounts, name="accounts"),
    path("apply/<slug:slug>/", views.page, name="page"),
    path("apply/<slug:slug>/ask/", sending_views.ask, name="ask"),
    path("apply/<slug:slug>/ask/end/", sending_views.ask_no_longer, name="ask_no_longer"),
    path("paper/<str:token>/", sending_views.upload, name="upload"),
    path("messages/", message_views.thread, name="messages"),
]
