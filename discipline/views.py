"""The page that every letter against a person leads to."""

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from certification import unsent
from certification.documents import Unacceptable, received
from certification.models import Notice
from certification.steps import Refused

from . import actions, rules
from .forms import AppealForm
from .models import Appeal


@transaction.non_atomic_requests
def appeal(request, public_id):
    """Ask that a decision be looked at again. Only who got the letter, and only a letter about a decision against them."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), public_id=public_id)
    if not rules.is_appealable(notice) or getattr(request.user, "person", None) is None:
        raise Http404
    if filed := Appeal.objects.filter(notice=notice).first():
        return render(request, "discipline/filed.html", {"appeal": filed, "decide_by": rules.promised_by(filed)})
    late, place = rules.is_late(notice), f"appeal:{notice.pk}"
    if "keep" in request.POST:
        return unsent.keep_typed(request, AppealForm(late=late), place)
    form = AppealForm(request.POST or None, request.FILES or None, late=late)
    if request.method == "POST" and form.is_valid() and _file(request, notice, form):
        unsent.forget(request.user, form, place)
        return redirect("discipline:appeal", public_id)
    context = {"notice": notice, "form": form, "late": late, "last_day": rules.last_day(notice)}
    context["put_back"] = unsent.put_back(form, request.user, place)
    return render(request, "discipline/appeal.html", context)


def _file(request, notice, form):
    """Store the paper first, then file; says whether the appeal was taken."""
    values = dict(form.cleaned_data)
    uploaded, kind = values.pop("file"), rules.kind_of_paper(notice)
    try:
        with received(request.user.person, kind, uploaded, by=request.user) as document:
            actions.file_appeal(notice, by=request.user, document=document, **values)
    except Refused as refusal:
        form.add_error("file" if isinstance(refusal, Unacceptable) else None, str(refusal))
        return False
    return True
