"""Fill an empty portal with invented people. The second time it finds them there and does nothing."""

from django.contrib.auth.hashers import check_password, make_password
from django.core.management.base import BaseCommand
from django.db import transaction

from certification.models import Certification, User
from demo import bulk, logins, personas, reviews
from training_providers.models import Provider

SEED = 803
REVIEWED = 60  # certificates whose way there is told too


class Command(BaseCommand):
    help = "Invent certified people and one person to sign in as for each part of the portal."

    def add_arguments(self, parser):
        parser.add_argument("--size", type=int, default=5000, help="how many certified people (5000)")

    @transaction.atomic
    def handle(self, *, size, **options):
        seeded = User.objects.filter(email=personas.STAFF[0].email).first()
        if not seeded:
            bulk.copy_in(size, SEED)
            personas.play(make_password(logins.password()))
            desk = User.objects.get(email="training@example.org")
            reviews.copy_in(REVIEWED, SEED, provider=Provider.objects.get(name="Bridges Peer Academy"), desk=desk)
        elif not check_password(logins.password(), seeded.password):
            people = [persona.email for persona in (*personas.STAFF, *personas.PEOPLE)]
            User.objects.filter(email__in=people).update(password=make_password(logins.password()))
        if seeded and size > Certification.objects.count():
            self.stdout.write("The invented people of an earlier start are kept: FRESH=1 starts over with more.")
        logins.write_list()
