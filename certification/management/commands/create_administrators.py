from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from certification.actions import make_first_administrators
from certification.steps import Refused


class Command(BaseCommand):
    help = "Make the first two administrators, once. They sign in with a code by e-mail and then set up a second step."

    def add_arguments(self, parser):
        parser.add_argument("address", nargs=2, help="the e-mail address of each")

    def handle(self, *, address, **options):
        try:
            for each in address:
                validate_email(each)
            make_first_administrators(address)
        except ValidationError as error:
            raise CommandError("That is not an e-mail address.") from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("Done. Each of the two has mail that says how to sign in.")
