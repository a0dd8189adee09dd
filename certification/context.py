from django.conf import settings


def site(request):
    """What every page may show: how to reach us, and whether this is the demonstration."""
    return {
        "DEMO": settings.DEMO,
        "program": {
            "phone": settings.PROGRAM_PHONE,
            "email": settings.PROGRAM_EMAIL,
            "address": settings.PROGRAM_ADDRESS,
        },
    }
