"""The settings of production, only that no static files need be collected first."""

from certification.settings import *  # noqa: F403

STORAGES |= {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
