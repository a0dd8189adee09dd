"""The log: one line of JSON per event, about acts and never about people.

Only keys on a list are written, and of a message only its wording, never what was filled in: an address, a name, a code or a query string given to
any logger, ours or a library's, stays out. An error is told by its type and where it arose; what it says may quote a row.
"""

import re
import sys
import traceback

import structlog
from structlog.typing import Processor

ALLOWED = frozenset(
    [
        "event",
        "level",
        "timestamp",
        "logger",
        "request_id",
        "task_id",
        "parent_task_id",
        "request",
        "code",
        "user_id",
        "numbers",
        "name",
        "runtime",
        "error",
        "milliseconds",
        "failure",
        "sqlstate",
        "notice",
        "position",
        "count",
    ]
)


# A message without arguments may have been filled in before it was logged.
_FILLED_IN = re.compile(r"""\S+@\S+|'[^']*'|"[^"]*"|\d{3,}""")


def wording_only(logger, method, event):
    """What a library logs keeps its template; of the arguments only numbers and the known keys are told."""
    if event.get("_from_structlog"):
        return event
    arguments = event.pop("positional_args", None) or ()
    if isinstance(arguments, dict):
        event.update({name: arguments[name] for name in ("name", "runtime") if name in arguments})
    elif numbers := [value for value in arguments if isinstance(value, int | float)]:
        event["numbers"] = numbers
    if not arguments:
        event["event"] = _FILLED_IN.sub("…", event["event"])
    if event["logger"].startswith("django.security."):
        event["event"] = event["logger"].rpartition(".")[2]
    return event


def failure_without_words(logger, method, event):
    """An exception as its types and places, without messages and values."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if error:
        event["failure"] = _told(error)
        if sqlstate := getattr(error.__cause__, "sqlstate", None):
            event["sqlstate"] = sqlstate
    return event


def _told(error):
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-3] if "site-packages" not in frame.filename]
    places = [
        f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}"
        for frame in ours[-9:] + frames[-3:]
    ]
    told = [{"type": type(error).__qualname__, "at": places}]
    cause = error.__cause__ or error.__context__
    return told + (_told(cause) if cause else [])[:3]


def allowed_keys_only(logger, method, event):
    return {key: value for key, value in event.items() if key in ALLOWED or key in {"_record", "_from_structlog"}}


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def formatter():
    """The formatter of the one handler: everything passes through it, whoever logged it."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            wording_only,
            failure_without_words,
            allowed_keys_only,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        use_get_message=False,
        pass_foreign_args=True,
    )


structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
