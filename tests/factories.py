"""People and cases for tests, made through the real actions wherever there is one."""

import itertools
from datetime import date

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from certification.models import Person, User
from certification.steps import record

_count = itertools.count(1)


def user(email=None, **fields):
    made = User.objects.create_user(email or f"user{next(_count)}@example.org", **fields)
    EmailAddress.objects.create(user=made, email=made.email, primary=True, verified=True)
    return made


def staff(role, email=None):
    made = user(email or f"{role.replace(' ', '-')}{next(_count)}@example.org", is_staff=True)
    made.groups.add(Group.objects.get(name=role))
    return User.objects.get(pk=made.pk)


def person(given="Pat", family="Doe", *, birth_date=date(1990, 5, 17), language="en", **fields):
    made = Person(user=user(language=language), given_name=given, family_name=family, **fields)
    if birth_date:
        made.set_birth_date(birth_date)
    return record(made, by=made.user, why="begin")
