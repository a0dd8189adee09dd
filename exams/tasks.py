"""Doors for the worker."""

from celery import shared_task

from . import actions


@shared_task
def void_run_out_authorizations():
    actions.void_run_out_authorizations()
