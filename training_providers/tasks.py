"""Doors for the worker."""

from celery import shared_task

from . import actions
from .models import RosterRow


@shared_task
def look_again_for(person_pk):
    actions.look_again(RosterRow.objects.filter(person=person_pk))


@shared_task
def look_again():
    actions.look_again(RosterRow.objects.all())
