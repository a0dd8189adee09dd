"""The public registry. Nobody signs in, nothing is written but counters, and with JavaScript off all of it works."""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certification.names import question_keys
from certification.numbers import parse_number
from certification.queries import today

from . import limits, rules
from .forms import EVERYONE, DayForm, SearchForm
from .queries import close_names, find, is_held, page_of

NOBODY, TOO_MANY = 404, 429
ENOUGH = 3  # answers: with fewer, close names are offered


def public(view):
    """A page for everyone: counted per source, found by no search engine, kept by no cache. It reads outside a transaction.

    The answer is counted once it is known and before it is drawn.
    """

    @login_not_required
    @require_safe
    @never_cache
    @transaction.non_atomic_requests
    @wraps(view)
    def guarded(request, *args, **kwargs):
        source = limits.source_of(request)
        response = too_many(request) if limits.is_stopped(source) else view(request, *args, **kwargs)
        if response.status_code != TOO_MANY and not limits.may_show(
            source,
            getattr(response, "people", ()),
            by_number="number" in kwargs,
            wrong=response.status_code == NOBODY,
        ):
            response = too_many(request)
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return guarded


def too_many(request):
    return TemplateResponse(request, "registry/too_many.html", status=TOO_MANY)


@public
def search(request):
    """One box: a certificate number, or a whole family name with at least two letters of the given name."""
    form = asked(request)
    if not form.is_valid():
        return TemplateResponse(request, "registry/search.html", {"form": form})
    typed, standing = form.cleaned_data["q"], form.cleaned_data["standing"]
    if (number := parse_number(typed)) and (rules.looks_like_number(typed) or is_held(number)):
        return redirect("registry:person", number)
    question, day = question_keys(typed), today()
    answers = find(question.prefixes, day, standing)
    close = close_names(question.prefixes, day, standing) if len(answers.people) < ENOUGH else []
    response = TemplateResponse(request, "registry/search.html", results(form, question, answers, close))
    response.people = [answer.person for answer in answers.people]
    return response


def asked(request):
    """The form as filled in by the address; empty where nothing was asked."""
    return SearchForm({"standing": EVERYONE} | request.GET.dict()) if "q" in request.GET else SearchForm()


def results(form, question, answers, close):
    """What the page of answers shows."""
    return {
        "form": form,
        "typed": form.cleaned_data["q"],
        "short": question.short,
        "people": [
            {
                "name": answer.name,
                "url": reverse("registry:person", args=[answer.number]),
                "number": answer.number,
                "standing": answer.standing.label,
                "tone": rules.tone(answer.standing),
            }
            for answer in answers.people
        ],
        "more": answers.more,
        "close": close,
        "as_of": timezone.localtime(),
    }


@public
def person(request, number):
    """The public page of a certification: its standing today or on any day before, its terms and public orders."""
    written = parse_number(number)
    if written and written != number:
        return redirect(f"{reverse('registry:person', args=[written])}{_asked(request)}")
    form = DayForm(request.GET if "on" in request.GET else None)
    day = form.cleaned_data["on"] if form.is_valid() else today()
    page = page_of(written, day, today()) if written else None
    if page is None:
        context = {"form": SearchForm(), "day_form": form}
        return TemplateResponse(request, "registry/unknown.html", context, status=NOBODY)
    return TemplateResponse(request, "registry/person.html", shown(request, form, page, day))


def shown(request, form, page, day):
    """What the page of a person shows."""
    past = day != today()
    return {
        "form": form,
        "page": page,
        "day": day,
        "past": past,
        "sentence": rules.sentence(page.standing, on_today=not past),
        "meaning": rules.MEANING[page.standing],
        "tone": rules.tone(page.standing),
        "address": request.build_absolute_uri(request.path),
        "as_of": timezone.localtime(),
    }


def _asked(request):
    return f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
