from django.urls import path

from . import detail_views, document_views, file_views, views

app_name = "certification"
urlpatterns = [
    path("", views.front, name="front"),
    path("complaints/", views.complaints, name="complaints"),
    path("sign-in-again/", views.sign_in_again, name="sign_in_again"),
    path("home/", views.home, name="home"),
    path("details/", detail_views.details, name="details"),
    path("details/contact/", detail_views.contact, name="contact"),
    path("details/name/", detail_views.name, name="name"),
    path("details/name/keep/", detail_views.keep_name, name="keep_name"),
    path("letters/", views.letters, name="letters"),
    path("letters/<uuid:public_id>/", views.letter, name="letter"),
    path("letters/<uuid:public_id>.pdf", views.letter_pdf, name="letter_pdf"),
    path("dates/", file_views.dates, name="dates"),
    path("dates.ics", file_views.calendar, name="calendar"),
    path("fees/", file_views.fees, name="fees"),
    path("fees/<uuid:charge_id>.pdf", file_views.receipt, name="receipt"),
    path("openings/", file_views.openings, name="openings"),
    path("your-data/", file_views.own_data, name="own_data"),
    path("certificates/<str:number>.pdf", views.certificate, name="certificate"),
    path("certificates/<str:number>/card.pdf", views.wallet_card, name="wallet_card"),
    path("documents/<uuid:public_id>/", document_views.document, name="document"),
    path("documents/<uuid:public_id>/<int:page>/", document_views.document_page, name="document_page"),
]
