"""The desk of messages: the thread with one person, a form to answer, and a way to say that nothing needs one."""

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certification.audit import audit
from certification.queries import today
from certification.steps import Refused

from .. import actions, queries
from ..forms import NoAnswerForm, ReplyForm
from ..rules import asked_first


@require_safe
@permission_required("applications.view_thread", raise_exception=True)
def thread(request, pk):
    return _page(request, _found(request, pk))


@require_POST
@permission_required("applications.answer_thread", raise_exception=True)
def reply(request, pk):
    done = _("Sent. A letter tells the person that a message waits on their page.")
    return _add(request, pk, ReplyForm, "text", actions.write_to_person, done)


@require_POST
@permission_required("applications.answer_thread", raise_exception=True)
def need_no_answer(request, pk):
    return _add(request, pk, NoAnswerForm, "reason", actions.need_no_answer, _("Noted: nothing needs an answer."))


def _found(request, pk):
    return get_object_or_404(queries.threads_for(request.user).select_related("user"), pk=pk)


def _add(request, pk, form_class, said, action, done):
    """Add what was sent to the thread, or show the page again with what was written and why it was not added."""
    person = _found(request, pk)
    form = form_class(request.POST, auto_id=f"{said}_%s")
    if form.is_valid():
        values = form.cleaned_data
        try:
            action(person, values[said], mark=values["mark"], seen=values["seen"], by=request.user)
            messages.success(request, done)
            return redirect("admin:applications_thread_changelist")
        except Refused as refused:
            form.add_error(None, str(refused))
    return _page(request, person, **{said: form})


def _page(request, person, **sent):
    """The thread, with what was ``sent`` in its form. Looking at it is audited."""
    audit(request.user, "opened messages", person)
    said = list(person.messages.select_related("author").order_by("pk"))
    waiting = asked_first(said)
    context = site.each_context(request) | {
        "title": queries.name_in(person) or _("Somebody who has not applied yet"),
        "opts": person._meta,
        "person": person,
        "said": said,
        "waiting": waiting,
        "days_left": (waiting.answer_by - today()).days if waiting else None,
        "case": queries.cases_for(request.user).filter(person=person).order_by("-begun_at").first(),
        "text": ReplyForm(auto_id="text_%s"),
        "reason": NoAnswerForm(auto_id="reason_%s"),
    }
    return render(request, "admin/applications/thread.html", context | sent)
