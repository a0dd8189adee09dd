"""What we know of a person, and how they change it: how they are reached at once, their legal name with a paper that shows it."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import actions, name_changes
from .details import DetailsForm, NameChangeForm
from .documents import Unacceptable, received
from .letters import address_of
from .models import Document
from .queries import today
from .standards import standards_on
from .steps import Refused

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _known(request):
    """The person who asks, once they told us who they are; else None."""
    person = getattr(request.user, "person", None)
    return person if person and person.legal_name else None


@require_safe
def details(request):
    """Who we know the person as, and how we reach them."""
    person = _known(request)
    context = {"person": person, "asked": person and name_changes.open_change(person)}
    return render(request, "certification/details.html", context | {"address": address_of(person)})


@get_or_post
def contact(request):
    """Change how one is called and reached."""
    person = _known(request)
    if person is None:
        return redirect("certification:details")
    form = DetailsForm(request.POST or None, person=person)
    if form.is_valid():
        given = dict(form.cleaned_data)
        actions.change_contact(
            person,
            preferred_name=given.pop("preferred_name"),
            language=given.pop("language"),
            contact=given,
            by=request.user,
        )
        messages.success(request, _("Saved."))
        return redirect("certification:details")
    return render(request, "certification/contact.html", {"form": form})


@get_or_post
@transaction.non_atomic_requests
def name(request):
    """Ask for a new legal name, with a paper that shows it."""
    person = _known(request)
    if problems := name_changes.asking_problems(person):
        messages.info(request, problems[0])
        return redirect("certification:details")
    form = NameChangeForm(request.POST or None, request.FILES or None)
    if form.is_valid() and _asked(request, form, person):
        messages.success(request, _("We have your new name and your paper. We check it now."))
        return redirect("certification:details")
    context = {"form": form, "person": person, "standards": standards_on(today())}
    return render(request, "certification/name.html", context)


def _asked(request, form, person):
    """Store the paper first, then ask in one short transaction; a refusal is said on the form."""
    try:
        with received(person, Document.Kind.NAME, form.cleaned_data["paper"], by=request.user) as document:
            name_changes.ask(person, parts=form.parts(), document=document, by=request.user)
    except Refused as refusal:
        form.add_error("paper" if isinstance(refusal, Unacceptable) else None, str(refusal))
        return False
    return True


@require_POST
def keep_name(request):
    """Take back what was asked and nobody has decided."""
    person = _known(request)
    change = person and name_changes.open_change(person)
    if change:
        try:
            name_changes.take_back(change, by=request.user)
            messages.success(request, _("Your name stays as it is. The paper you sent is erased."))
        except Refused as refusal:
            messages.warning(request, str(refusal))
    return redirect("certification:details")
