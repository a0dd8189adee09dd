"""The registry's pages with what they show held in memory: what a look-up would cost if finding cost nothing."""

import os
import pickle
from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.shortcuts import render

from certification.queries import today
from registry import views
from registry.forms import DayForm


@cache
def held():
    with open(os.environ["BENCH_PAGES"], "rb") as file:
        return pickle.load(file)


@login_not_required
@transaction.non_atomic_requests
def page(request, number):
    """The page of the request of that number in the bench's list."""
    data = held()[number]
    if "page" in data:
        return render(request, "registry/person.html", views.shown(request, DayForm(), data["page"], today()))
    form = views.asked(request)
    form.is_valid()
    context = views.results(form, data["question"], data["answers"], data["close"])
    return render(request, "registry/search.html", context)
