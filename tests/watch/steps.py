"""Every step table of the portal, found by looking through its packages."""

import importlib
import pkgutil

from django.apps import apps
from django.conf import settings

from applications.rules import REQUIREMENTS
from certification.steps import Step, record


def packages():
    """Our own packages, the demonstration apart."""
    return [
        config.name
        for config in apps.get_app_configs()
        if config.path.startswith(str(settings.BASE_DIR))
        and "site-packages" not in config.path
        and config.name != "demo"
    ]


def modules():
    for package in packages():
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if ".migrations" not in found.name and not found.name.endswith(("wsgi", "settings", "embedded", "celery")):
                yield importlib.import_module(found.name)


def steps():
    """Pairs of model and step: the model is the one whose ``Status`` the step leads to."""
    models = {model.Status: model for model in apps.get_models() if hasattr(model, "Status")}
    found = {id(value): value for module in modules() for value in vars(module).values() if isinstance(value, Step)}
    return sorted(
        ((models[type(step.target)], step) for step in found.values()),
        key=lambda pair: (pair[0].__name__, pair[1].name),
    )


def name_of(pair):
    model, step = pair
    return f"{model._meta.model_name}: {step.name}"


def stepped_row(model, world):
    rows = world.rows()
    if model._meta.model_name == "requirement":
        return rows["application"].requirements.get(kind=next(iter(REQUIREMENTS)))
    return rows[model._meta.model_name]


def put(row, status):
    """Set a status as no action would, with every fixed choice made, so that a step can be tried from it."""
    row.refresh_from_db()
    choices = {
        field.name: field.choices[0][0]
        for field in row._meta.concrete_fields
        if field.choices and field.blank and not getattr(row, field.name)
    }
    record(row, by=None, why="test", status=status, **choices)
