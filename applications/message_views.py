"""What a person and the office say to each other, as the person reads it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from certification import unsent
from certification.queries import today
from certification.standards import standards_on
from certification.steps import Refused

from . import actions
from .forms import MessageForm
from .models import Message
from .rules import asked_first

PLACE = "messages"  # of what is typed and not sent yet


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request):
    """Everything said so far, which is read from now on, and a form to write."""
    person = getattr(request.user, "person", None)
    if person is None:
        messages.info(request, _("Here you can write to us once you have started an application. Until then, call us."))
        return redirect("applications:apply")
    if "keep" in request.POST:
        return unsent.keep_typed(request, MessageForm(), PLACE)
    form, status = MessageForm(request.POST if request.method == "POST" else None), 200
    if form.is_valid():
        try:
            actions.write_to_office(person, form.cleaned_data["text"], mark=form.cleaned_data["mark"])
            unsent.forget(request.user, form, PLACE)
            messages.success(request, _("Thank you. We have your message."))
            return redirect("applications:messages")
        except Refused as refused:  # too many for a day; the words stay on the page
            form.add_error(None, str(refused))
            status = 429
    said = list(person.messages.order_by("pk"))
    if any(entry.kind == Message.Kind.ANSWER and entry.read_at is None for entry in said):
        actions.note_read(person)
    standards = standards_on(today())
    context = {
        "form": form,
        "put_back": unsent.put_back(form, request.user, PLACE),
        "said": said,
        "waiting": asked_first(said),
        "today": today(),
        "standards": standards,
        "usual": standards.is_assumed("messages_answer_days"),
    }
    return render(request, "applications/messages.html", context, status=status)
