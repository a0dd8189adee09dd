"""Doors for the worker."""

from celery import shared_task

from . import actions


@shared_task
def erase_papers():
    actions.erase_papers()
