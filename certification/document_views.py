"""The only way to a stored file: asks whether they may, writes down that they did, and lets nothing of it run."""

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from .documents import NotNow, Unacceptable, draw_page, open_document
from .models import Document


@require_safe
@transaction.non_atomic_requests
def document(request, public_id):
    """The whole file, as a download."""
    wanted = find(request, public_id)
    try:
        data = open_document(wanted, by=request.user)
    except NotNow as reason:
        return not_now(reason)
    return sealed_off(data, wanted.content_type, f'attachment; filename="{wanted.kind}-{public_id}.{wanted.ending}"')


@require_safe
@transaction.non_atomic_requests
def document_page(request, public_id, page):
    """One page as a picture, for the case page."""
    wanted = find(request, public_id)
    if not 1 <= page <= wanted.pages:
        raise Http404
    try:
        content_type, picture = draw_page(wanted, page, by=request.user)
    except NotNow as reason:
        return not_now(reason)
    except Unacceptable as reason:
        return HttpResponse(str(reason), content_type="text/plain; charset=utf-8", status=422)
    return sealed_off(picture, content_type, "inline")


def find(request, public_id):
    return get_object_or_404(Document.objects.visible_to(request.user), public_id=public_id)


def sealed_off(data, content_type, disposition):
    headers = {
        "Content-Disposition": disposition,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store, private",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    }
    return HttpResponse(data, content_type=content_type, headers=headers)


def not_now(reason):
    return HttpResponse(
        str(reason), content_type="text/plain; charset=utf-8", status=503, headers={"Retry-After": "120"}
    )
