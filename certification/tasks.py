"""Doors for the worker: each takes numbers, calls one action, and stops."""

from smtplib import SMTPException

from celery import shared_task

from . import actions, documents, notices, refunds, unsent


@shared_task(autoretry_for=(SMTPException, OSError), retry_backoff=5, retry_backoff_max=60, max_retries=5)
def deliver(notice_pk):
    notices.deliver(notice_pk)


@shared_task
def send_unsent():
    actions.send_unsent()


@shared_task
def empty_late_mail():
    actions.empty_late_mail()


@shared_task
def forget_old_unsent_texts():
    unsent.forget_old()


@shared_task
def canary():
    actions.send_canary()


@shared_task
def canary_returns(pk):
    actions.return_canary(pk)


@shared_task
def remove_stray_files():
    documents.remove_stray_files()


@shared_task
def scan_waiting():
    documents.scan_waiting()


@shared_task
def anchor_audit():
    actions.anchor_audit()


@shared_task
def pay_back():
    refunds.pay_back()
