"""Sessions in the database, sealed: they hold codes on their way, addresses and second-factor secrets not yet confirmed."""

import base64
import json

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import OperationalError

from .sealed import Unreadable, seal, unseal

_PLACE = "sessions.session"


class SessionStore(DatabaseSessionStore):
    def encode(self, session_dict):
        return base64.b64encode(seal(json.dumps(session_dict).encode(), _PLACE)).decode()

    def save(self, must_create=False):
        """Django takes any error for a session that was deleted meanwhile, and answers 400; a database that went away is told as what it is."""
        try:
            super().save(must_create)
        except UpdateError as deleted:
            if isinstance(deleted.__context__, OperationalError):
                raise deleted.__context__ from deleted.__context__.__cause__
            raise

    def decode(self, session_data):
        """A session that cannot be opened (its key is gone) is an empty one: the person signs in again."""
        try:
            return json.loads(unseal(base64.b64decode(session_data), _PLACE))
        except (Unreadable, ValueError):
            return {}
