"""Every address of the portal; other apps are named as strings."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from . import payment_views, public_urls, views

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("readyz", views.ready, name="ready"),
    path("payments/heard", payment_views.heard, name="payment_heard"),
    *i18n_patterns(
        path("", include(public_urls)),
        path("training/", include("training_providers.urls")),
        path("registry/", include("registry.urls")),
        path("", include("applications.urls")),
        path("exam/", include("exams.urls")),
        path("appeals/", include("discipline.urls")),
        path("", include("reporting.urls")),
        path("accounts/", include("allauth.urls")),
        prefix_default_language=False,
    ),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns += i18n_patterns(path("demo/", include("demo.urls")), prefix_default_language=False)

handler400 = "certification.views.unreadable"
handler429 = "certification.views.slow_down"
handler500 = "certification.views.failed"
