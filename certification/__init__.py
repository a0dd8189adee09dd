"""The project, and its lowest app: people, the credential and its dated facts, the program's numbers, notices, documents, money, steps.

Called by every other app; calls none of them. Settings, addresses and the timetable name other apps only as strings.
"""

from .celery import app as celery_app

__all__ = ["celery_app"]
