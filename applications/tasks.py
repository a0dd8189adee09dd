"""Doors for the worker."""

from celery import shared_task

from . import actions


@shared_task
def close_run_out_approvals():
    actions.close_run_out_approvals()
