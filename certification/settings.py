"""Settings, every one of them from the environment; nothing starts with a default secret or with DEBUG."""

import logging
import sys
from datetime import timedelta
from pathlib import Path

import environ
from botocore.config import Config
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = False
DEMO = env.bool("DEMO", default=False)
TESTING = "pytest" in sys.modules
SECRET_KEY = env.str("SECRET_KEY")
SITE_URL = env.str("SITE_URL").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
HTTPS = SITE_URL.startswith("https://")
SIGN_IN_WITH = [name for name in ("google", "microsoft") if env.str(f"{name.upper()}_CLIENT_ID", default="")]

INSTALLED_APPS = [
    "certification.apps.CertificationConfig",
    "training_providers",
    "registry",
    "applications",
    "exams",
    "discipline",
    "reporting",
    *(["demo"] if DEMO else []),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    *(f"allauth.socialaccount.providers.{name}" for name in SIGN_IN_WITH),
    "allauth.usersessions",
    "csp",
    "django_cotton",
    "pgtrigger",
    "simple_history",
    "certification.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "certification.middleware.Alive",
    "certification.middleware.ReadAndPost",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "certification.middleware.PrivatePages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "certification.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "certification.middleware.SecondFactor",
    "certification.middleware.Refusals",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "certification.urls"
WSGI_APPLICATION = "certification.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "certification.context.site",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
        },
    }
]

# --- data ---------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": 0 if TESTING else 60,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": 3,
        **DATABASES["default"].get("OPTIONS", {}),  # what the URL asks for: sslmode, sslrootcert
        # A module of tests holds one transaction open for longer than any request may.
        "options": "-c lock_timeout=3s -c statement_timeout=15s"
        + ("" if TESTING else " -c idle_in_transaction_session_timeout=30s"),
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "certification.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}
SEALING_KEYS = env.list("SEALING_KEYS")
FINGERPRINT_KEY = env.str("FINGERPRINT_KEY")
BACKUP_KEY = env.str("BACKUP_KEY", default="")

STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("DOCUMENTS_BUCKET", default=""),
            "endpoint_url": env.str("DOCUMENTS_ENDPOINT", default=None),
            "querystring_expire": 60,
            "file_overwrite": False,
            "default_acl": None,
            "client_config": Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 2}),
        },
    }
    if env.str("DOCUMENTS_BUCKET", default="")
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("DOCUMENTS_DIR"), "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING
if TESTING:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
MAX_DOCUMENT_BYTES = 15 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_DOCUMENT_BYTES + 1024 * 1024  # an ID never lies in clear in a temporary folder
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", default="")

# --- language and time --------------------------------------------------------------------------------------------
TIME_ZONE = "America/Los_Angeles"
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- people -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "certification.User"
AUTHENTICATION_BACKENDS = ["certification.accounts.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "certification.passwords.LongEnough", "OPTIONS": {"min_length": 15}},
    {"NAME": "certification.passwords.NotAboutYou"},
    {"NAME": "certification.passwords.NotCommon"},
]
_CODE_SECONDS = 600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "certification:home"
LOGOUT_REDIRECT_URL = "certification:front"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8}
ACCOUNT_ADAPTER = "certification.accounts.AccountAdapter"
ACCOUNT_FORMS = {"signup": "certification.accounts.EmailSignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = [
    "email*",
    "password1",
]  # the password is taken off the form; without it here nobody could sign in with one
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = _CODE_SECONDS
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = _CODE_SECONDS
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = _CODE_SECONDS
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = _CODE_SECONDS
ACCOUNT_SESSION_REMEMBER = False  # many sign in at a library: closing the browser signs out
ACCOUNT_LOGOUT_ON_GET = False
# Per source, so that nobody is kept out by a stranger; per address, so that nobody is flooded with mail or their code guessed:
# three codes of three tries are nine guesses at one in a hundred million in five minutes.
ACCOUNT_RATE_LIMITS = {
    "signup": "20/m/ip",
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "request_login_code": "20/m/ip,3/5m/key",
    "reset_password": "20/m/ip,3/5m/key",
    "confirm_email": "1/10s/key",
    "voucher": "10/h/user",  # codes that somebody tries in place of a payment
}
MFA_ADAPTER = "certification.accounts.SealedMFAAdapter"
MFA_FORMS = {"add_webauthn": "certification.accounts.PasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
MFA_TOTP_ISSUER = "Peer certification"
MFA_TOTP_TOLERANCE = 0
MFA_TRUST_ENABLED = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ADAPTER = "certification.accounts.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    name: {"APPS": [{"client_id": env.str(f"{name.upper()}_CLIENT_ID"), "secret": env.str(f"{name.upper()}_SECRET")}]}
    for name in SIGN_IN_WITH
}
SECOND_FACTOR_FOR_STAFF = not DEMO
SESSION_ENGINE = "certification.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_IDLE_STAFF = timedelta(minutes=30)
SESSION_IDLE_PUBLIC = timedelta(minutes=60)

# --- defences -----------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # never in a cookie: they name addresses
X_FRAME_OPTIONS = "DENY"
_SIGN_IN_HOSTS = {"google": "https://accounts.google.com", "microsoft": "https://login.microsoftonline.com"}
_PAYMENT_HOSTS = ["https://checkout.stripe.com"] if env.str("STRIPE_SECRET_KEY", default="") else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "img-src": [SELF, "data:"],
        "form-action": [SELF, *_PAYMENT_HOSTS, *(_SIGN_IN_HOSTS[name] for name in SOCIALACCOUNT_PROVIDERS)],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- the registry: anyone can look a person up, nobody can list people ----------------------------------------------
REGISTRY_ANSWERS = 10  # people one question shows at most
REGISTRY_LOOKED_THROUGH = 200  # names one reading of a question looks through, so that no question is slow
REGISTRY_PEOPLE_PER_DAY = env.int(
    "REGISTRY_PEOPLE_PER_DAY", default=100
)  # different people shown to one source, by name
REGISTRY_UNKNOWN_NUMBERS_PER_DAY = env.int(
    "REGISTRY_UNKNOWN_NUMBERS_PER_DAY", default=300
)  # wrong numbers of one source
REGISTRY_REQUESTS_PER_MINUTE = env.int("REGISTRY_REQUESTS_PER_MINUTE", default=120)  # of one source
REGISTRY_SOURCES_REMEMBERED = 20_000  # by one process while Redis is away
REGISTRY_NAMES_KEPT_SECONDS = 60  # how long a process keeps the family names it compares with
REGISTRY_STANDARDS_KEPT_SECONDS = 10  # how long a process keeps the program's numbers

# --- messages -----------------------------------------------------------------------------------------------------
MESSAGES_PER_DAY = env.int("MESSAGES_PER_DAY", default=20)  # that one person may send to the office

# --- documents that somebody else sends -----------------------------------------------------------------------------
UPLOAD_LINKS_PER_DAY = env.int("UPLOAD_LINKS_PER_DAY", default=5)  # that one person may have mailed to others
WRONG_LINKS_PER_MINUTE = env.int("WRONG_LINKS_PER_MINUTE", default=20)  # that one source may try

# --- mail, phone and post -----------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
PROGRAM_PHONE = env.str("PROGRAM_PHONE")
PROGRAM_EMAIL = env.str("PROGRAM_EMAIL", default=DEFAULT_FROM_EMAIL)
PROGRAM_ADDRESS = env.str("PROGRAM_ADDRESS")

# --- money --------------------------------------------------------------------------------------------------------
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
PAYMENT_GATEWAY = (
    "demo.payments.StandInGateway" if DEMO and not STRIPE_SECRET_KEY else "certification.payments.StripeGateway"
)
PAYMENT_PURPOSES = {
    "application": "applications.actions.fee_paid",
    "exam": "exams.actions.fee_paid",
}

# --- the exam vendor ----------------------------------------------------------------------------------------------
# How we tell the vendor who may sit: our word for a column and theirs, in their order; what is to be done, in their words; how a day is written.
EXAM_ORDER_FIELDS = env.json(
    "EXAM_ORDER_FIELDS",
    default={
        "order": "Action",
        "candidate_number": "CandidateID",
        "given_name": "FirstName",
        "middle_name": "MiddleName",
        "family_name": "LastName",
        "suffix": "Suffix",
        "email": "Email",
        "phone": "Phone",
        "first_day": "EligibleFrom",
        "last_day": "EligibleThrough",
        "attempt": "Attempt",
    },
)
EXAM_ORDER_WORDS = env.json("EXAM_ORDER_WORDS", default={"add": "Add", "update": "Update", "cancel": "Delete"})
EXAM_ORDER_DAY = env.str("EXAM_ORDER_DAY", default="%Y-%m-%d")
# How the vendor's file of results is read: which column holds what, which words mean what, how a day is written.
# "areas" may be missing: it lists, split by semicolons, the codes of the exam areas to work on.
EXAM_RESULT_FIELDS = env.json(
    "EXAM_RESULT_FIELDS",
    default={"candidate_number": "CandidateID", "result": "Result", "sat_on": "ExamDate", "areas": "Areas"},
)
EXAM_RESULT_WORDS = env.json(
    "EXAM_RESULT_WORDS",
    default={"pass": "passed", "fail": "failed", "no show": "no_show", "turned away": "turned_away"},
)
EXAM_RESULT_DAY = env.str("EXAM_RESULT_DAY", default="%Y-%m-%d")

# --- work in the background ---------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "max_retries": 0,  # a page does not wait for a broker that is away: the sweep makes up for it
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_FILE", default="celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "send what is unsent": {"task": "certification.tasks.send_unsent", "schedule": 30},
    "empty mail that came too late": {"task": "certification.tasks.empty_late_mail", "schedule": 60},
    "prove the worker is alive": {"task": "certification.tasks.canary", "schedule": 30},
    "forget what was typed and never sent": {"task": "certification.tasks.forget_old_unsent_texts", "schedule": 86_400},
    "remove files no row names": {"task": "certification.tasks.remove_stray_files", "schedule": 3600},
    "scan what waits for the scanner": {"task": "certification.tasks.scan_waiting", "schedule": 300},
    "anchor the audit chain": {"task": "certification.tasks.anchor_audit", "schedule": 86_400},
    "pay back what is agreed": {"task": "certification.tasks.pay_back", "schedule": 300},
    "close approvals that ran out": {"task": "applications.tasks.close_run_out_approvals", "schedule": 3600},
    "take decisions that nobody undid": {"task": "applications.tasks.take_proposals", "schedule": 15},
    "remind who has not answered": {"task": "applications.tasks.remind", "schedule": 3600},
    "warn of drafts that rest": {"task": "applications.tasks.warn_or_close_drafts", "schedule": 3600},
    "issue certificates that waited": {"task": "applications.tasks.complete_passed", "schedule": 3600},
    "end holds that nobody renewed": {"task": "applications.tasks.end_holds_not_renewed", "schedule": 3600},
    "erase papers that nobody needs": {"task": "discipline.tasks.erase_papers", "schedule": 21_600},
    "look again at rows of rosters": {"task": "training_providers.tasks.look_again", "schedule": 3600},
    "void authorizations that ran out": {"task": "exams.tasks.void_run_out_authorizations", "schedule": 3600},
}

# --- history ------------------------------------------------------------------------------------------------------
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True
SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS = False

# --- the log ------------------------------------------------------------------------------------------------------
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "certification.logs.formatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        # The line of the request says it, with its number and without the address.
        "django.request": {"level": "CRITICAL"},
        "django.server": {"handlers": [], "propagate": False},
        "mail.log": {"level": "WARNING"},
        "gunicorn": {"handlers": [], "propagate": True},
        "py.warnings": {"level": "WARNING"},
        # Tells each step of a certificate, and the letters of a name.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
