"""The portal's settings, with one more address: pages rendered from memory, which only the bench has."""

from certification.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
