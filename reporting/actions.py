"""What people tell about themselves is kept, or taken back."""

from .models import Demographics


def keep_demographics(person, answers):
    """Keep what ``person`` chose to tell; where they chose nothing, nothing is kept."""
    if any(answers.values()):
        Demographics.objects.update_or_create(person=person, defaults={"answers": answers})
    else:
        Demographics.objects.filter(person=person).delete()
