"""Columns that read as nothing outside the application.

A value is encrypted with AES-256-GCM under a key that lives outside the database. The associated data is ``app.model.field:seal``, where ``seal``
is a UUID of the row, so a ciphertext moved to another row, column or table does not open. Dates and equality are lost on purpose: what must be
compared gets a ``fingerprint`` beside it, made under a second key.
"""

import base64
import hashlib
import hmac
import json
import os
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core import checks
from django.db import models


class Unreadable(Exception):
    """A sealed value could not be opened: it was moved, altered, or its key is gone."""


def seal(plain: bytes, place: str) -> bytes:
    """Encrypt ``plain`` so that it opens only at ``place``, under the newest key."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(12)
    return key_id.encode() + b":" + nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def unseal(sealed: bytes, place: str) -> bytes:
    """Decrypt what ``seal`` made; raises ``Unreadable`` at any other place."""
    key_id, _, rest = bytes(sealed).partition(b":")
    try:
        return AESGCM(_keys()[key_id.decode()]).decrypt(rest[:12], rest[12:], place.encode())
    except Exception as error:
        raise Unreadable(place) from error


def fingerprint(value) -> str:
    """A keyed hash that lets equal values be found without reading them: duplicates, rosters."""
    return hmac.new(base64.b64decode(settings.FINGERPRINT_KEY), str(value).encode(), hashlib.sha256).hexdigest()


def _keys():
    return {name: base64.b64decode(key) for name, _, key in (entry.partition(":") for entry in settings.SEALING_KEYS)}


class _Opened:
    """Reads and writes the plain value; the ciphertext is opened at the first look."""

    def __init__(self, field):
        self.field = field

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.field.name not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname, "seal"])
        value = instance.__dict__[self.field.name]
        if isinstance(value, _Sealed):
            value = self.field.to_plain(unseal(value.data, self.field.place(instance)))
            instance.__dict__[self.field.name] = value
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.field.name] = value


class _Sealed:
    """A ciphertext on its way from the database; never a value to show."""

    def __init__(self, data):
        self.data = data

    def __repr__(self):
        return "<sealed>"


class SealedField(models.BinaryField):
    """Base of the sealed columns; the model must have ``seal = UUIDField(unique=True)``."""

    descriptor_class = _Opened

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def check(self, **kwargs):
        missing = not any(field.name == "seal" for field in self.model._meta.get_fields())
        return super().check(**kwargs) + ([checks.Error("A sealed column needs a seal.", obj=self)] if missing else [])

    def _check_str_default_value(self):
        return []

    def place(self, instance):
        tracked = getattr(instance, "instance_type", type(instance))._meta.concrete_model
        return f"{tracked._meta.label_lower}.{self.name}:{instance.seal}"

    def from_db_value(self, value, expression, connection):
        return None if value is None else _Sealed(bytes(value))

    def pre_save(self, instance, add):
        value = instance.__dict__.get(self.name)
        if value is None:
            return None
        return value.data if isinstance(value, _Sealed) else seal(self.to_bytes(value), self.place(instance))

    def get_default(self):
        if not self.has_default():
            return None
        return self.default() if callable(self.default) else self.default

    def value_from_object(self, instance):
        return getattr(instance, self.name)

    def to_bytes(self, value):
        return bytes(value)

    def to_plain(self, data):
        return data


class SealedTextField(SealedField):
    def to_bytes(self, value):
        return value.encode()

    def to_plain(self, data):
        return data.decode()


class SealedDateField(SealedField):
    def to_bytes(self, value):
        return value.isoformat().encode()

    def to_plain(self, data):
        return date.fromisoformat(data.decode())


class SealedJSONField(SealedField):
    def to_bytes(self, value):
        return json.dumps(value).encode()

    def to_plain(self, data):
        return json.loads(data)
