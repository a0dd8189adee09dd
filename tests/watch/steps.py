"""Every step table of the portal, found by looking through its packages."""

import importlib
import pkgutil

from django.apps import apps
from django.conf import settings

from certification.steps import Step


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
