"""Doors for the worker."""

from celery import shared_task

from . import actions


@shared_task
def close_run_out_approvals():
    actions.close_run_out_approvals()


@shared_task
def remind():
    actions.remind()


@shared_task
def warn_or_close_drafts():
    actions.warn_or_close_drafts()


@shared_task
def take_proposals():
    actions.take_proposals()


@shared_task
def end_holds_not_renewed():
    actions.end_holds_not_renewed()


@shared_task
def complete_passed():
    actions.complete_passed()
