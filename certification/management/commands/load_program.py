"""Load the program's tables and roles. Safe to run at any time: what is there stays, what is new is added."""

import csv

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction

from certification.models import (
    Competency,
    County,
    CountyParticipation,
    EducationKind,
    EthicsCode,
    ExamArea,
    Holiday,
    IdentityKind,
    Plan,
    PlanCounty,
    Specialization,
    Standard,
)
from certification.roles import ROLES
from certification.steps import record

DATA = settings.BASE_DIR / "data"


class Command(BaseCommand):
    help = "Load the program's tables (standards, counties, plans, lists, Code of Ethics) and the staff roles."

    @transaction.atomic
    def handle(self, **options):
        load_standards()
        load_counties()
        load_plans()
        load_lists()
        load_reasons()
        load_ethics()
        load_roles()


def rows(name):
    with open(DATA / name, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def load_standards():
    known = set(Standard.objects.values_list("key", "effective_from"))
    for row in rows("standards.csv"):
        standard = Standard(**row)
        standard.clean_fields(exclude=["value"])
        if (standard.key, standard.effective_from) not in known:
            record(standard, by=None, why="load program")


def load_counties():
    told = list(rows("participation.csv"))
    source = "; ".join(f"{row['told_by']}: {row['counties']} counties" for row in told)
    for row in rows("counties.csv"):
        county, _ = County.objects.get_or_create(
            fips=row["fips"],
            defaults={"name": row["county"], "region": row["region"], "region_source": row["region_source"]},
        )
        CountyParticipation.objects.get_or_create(
            county=county,
            effective_from=told[0]["as_of"],
            defaults={name: row[name] == "yes" for name in ("participating", "smhs", "dmc_ods", "dmc_state_plan")}
            | {"source": source},
        )


def load_plans():
    for row in rows("plans.csv"):
        plan, _ = Plan.objects.get_or_create(code=row["code"], defaults={"name": row["name"], "kind": row["kind"]})
        for fips in row["counties"].split():
            PlanCounty.objects.get_or_create(plan=plan, county=County.objects.get(fips=fips))


def load_lists():
    for model, name in (
        (IdentityKind, "identity_kinds.csv"),
        (EducationKind, "education_kinds.csv"),
        (Competency, "competencies.csv"),
        (Specialization, "specializations.csv"),
        (ExamArea, "exam_areas.csv"),
    ):
        for position, row in enumerate(rows(name), 1):
            defaults = {
                "label_en": row.get("label_en") or row["name"],
                "label_es": row.get("label_es") or row["name_es"],
                "position": position,
            }
            if model is Specialization:
                defaults["hours"] = row["hours"]
            model.objects.get_or_create(code=row["code"], defaults=defaults)
    for row in rows("holidays.csv"):
        Holiday.objects.get_or_create(day=row["day"], defaults={"name": row["name"]})


def load_reasons():
    """The reasons a reviewer gives; their table stands in an app above, so it is named as a string."""
    reason = apps.get_model("applications.Reason")
    for row in rows("reasons.csv"):
        reason.objects.get_or_create(code=row.pop("code"), defaults=row)


def load_ethics():
    for folder in sorted(file.parent for file in DATA.glob("ethics/*/en.md")):
        if not EthicsCode.objects.filter(version=folder.name).exists():
            texts = {name: (folder / f"{file}.md").read_text(encoding="utf-8") for name, file in ETHICS_FILES.items()}
            code = EthicsCode(version=folder.name, effective_from=f"{folder.name}-01", **texts)
            code.clean_fields()
            record(code, by=None, why="load program")


ETHICS_FILES = {"text_en": "en", "text_es": "es", "summary_en": "summary_en", "summary_es": "summary_es"}


def load_roles():
    """Make each group hold exactly the permissions of its role."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role, permissions in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in permissions])
