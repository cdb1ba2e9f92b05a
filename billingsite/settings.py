"""Every setting, read from the environment; `.env.example` names each variable with a safe value."""

import contextlib
import os
import secrets
from datetime import timedelta
from pathlib import Path

import environ
from django.apps import apps
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)
# A variable that is left empty is one that is not set.
env.ENVIRON = {name: value for name, value in env.ENVIRON.items() if value}

# What this machine writes (database file, key, queue folders) lives here and nowhere else.
VAR_DIR = env.path("SEATBILL_VAR", default=str(BASE_DIR / "var"))()
Path(VAR_DIR).mkdir(parents=True, exist_ok=True)


def _own_secret_key() -> str:
    """Make a secret key on first start, readable by its owner only: no default key can leak from here."""
    key_file = Path(VAR_DIR) / "secret_key"
    if not key_file.exists():
        # Whole or not at all: processes that start together must come to the same one.
        draft = key_file.with_name(f"secret_key.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            key_file.hardlink_to(draft)
        draft.unlink()
    if key_file.stat().st_mode & 0o077:
        key_file.chmod(0o600)
    return key_file.read_text().strip()


# --- Security -------------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _own_secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# Who probes the site from inside, past the proxy, has no HTTPS.
SECURE_REDIRECT_EXEMPT = [r"^health$"]
# Browsers take cookies of this prefix only from this host itself, over HTTPS: no neighboring site can plant one.
_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = (
    f"{_PREFIX}{name}" for name in ("sessionid", "csrftoken", "language")
)
# Forms carry the token themselves; no script needs it.
CSRF_COOKIE_HTTPONLY = True
# How many proxies of ours stand before the site: only what they say of a request is believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# A person is logged out after so long without a request, and after so long in any case.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=60)
SESSION_HOURS = env.int("SESSION_HOURS", default=12)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
X_FRAME_OPTIONS = "DENY"

# --- Applications ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_tables2",
    "subscriptions",
    "usage",
    "invoices",
    "billingsite",
]

MIDDLEWARE = [
    "billingsite.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "billingsite.middleware.SecurityHeadersMiddleware",
    "billingsite.problems.ApiProblemMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "billingsite.middleware.SessionLimitsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "billingsite.middleware.OriginMiddleware",
    "billingsite.middleware.SecondPersonMiddleware",
]

ROOT_URLCONF = "billingsite.urls"
WSGI_APPLICATION = "billingsite.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database: PostgreSQL when DATABASE_URL names one, else a SQLite file --------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/seatbill.sqlite3")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock when a transaction begins: a reader that turns writer would fail otherwise.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            # Else INSERT OR REPLACE would walk past the triggers that keep issued documents frozen.
            "PRAGMA recursive_triggers=ON;"
        ),
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Nobody waits for ever: not for a lock that a hanging session holds, not for a server that has gone silent.
    _limits = {
        "lock_timeout": env.int("DATABASE_LOCK_TIMEOUT", default=15),
        "statement_timeout": env.int("DATABASE_STATEMENT_TIMEOUT", default=900),
        "idle_in_transaction_session_timeout": env.int("DATABASE_IDLE_TIMEOUT", default=900),
    }
    _server = {name: f"{seconds}s" for name, seconds in _limits.items() if seconds}
    if _server:
        # A host that is cut off in a transaction loses its locks in a minute and a half; by default after hours.
        _server |= {"tcp_keepalives_idle": "30s", "tcp_keepalives_interval": "10s", "tcp_keepalives_count": "3"}
        _server |= {"tcp_user_timeout": "60s"}
        # To compile a statement, anew each time, takes longer than any of ours gains by it.
        _server |= {"jit": "off"}
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
        "options": " ".join(f"-c {name}={value}" for name, value in _server.items()),
    } | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: Redis when CELERY_BROKER_URL names one, else folders on this disk ---------------------------------------
# The broker only carries wake-up calls; what is due stands in the database.

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
if CELERY_BROKER_URL.startswith("filesystem:"):
    _queue = Path(VAR_DIR) / "queue"
    for _folder in ("messages", "control"):
        (_queue / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
        "polling_interval": 0.2,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        # What a lost worker had taken is looked for every 10 s; by default it would be every 100.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Under half of the visibility timeout: a task is never given to a second worker while the first may be at it.
CELERY_TASK_TIME_LIMIT = 1500
CELERY_TASK_SOFT_TIME_LIMIT = 1400
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Redis that is full, or read-only while another takes over, answers with an error: the worker waits and connects again.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

# --- Words, time and files --------------------------------------------------------------------------------------------

# Another language is its line here, its formats and its catalog: CONTRIBUTING.md.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["billingsite.formats"]

STATIC_URL = "static/"
STATIC_ROOT = Path(VAR_DIR) / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- Logging in -------------------------------------------------------------------------------------------------------

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = [
    # The first one refuses whoever has guessed too often, wherever they try.
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Seatbill] "
ACCOUNT_ADAPTER = "billingsite.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "billingsite.account_forms.LogInForm",
    "add_email": "billingsite.account_forms.AddressForm",
    "change_password": "billingsite.account_forms.ChangePasswordForm",
    "reset_password": "billingsite.account_forms.ForgottenPasswordForm",
    "reset_password_from_key": "billingsite.account_forms.NewPasswordForm",
    "reauthenticate": "billingsite.account_forms.PasswordAgainForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# People are invited by mail, so their address is known to be theirs.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_CHANGE_EMAIL = True
# Whoever did not change a password, an address or a second factor reads at once that somebody did.
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Whoever may change the address may have a new password sent to it.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Guesses at one person are counted below, for all hosts together.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip"}
MFA_ADAPTER = "billingsite.accounts.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "billingsite.account_forms.SecondFactorForm",
    "reauthenticate": "billingsite.account_forms.SecondFactorAgainForm",
    "activate_totp": "billingsite.account_forms.FirstCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Seatbill"
# The rule it lifts is against strangers who sign up with somebody's address: nobody signs up here. It would keep who
# awaits the mail to a new address from a second factor, and who has one from a new address.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Five wrong passwords for one person from one address lock that person out there for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "billingsite.accounts.tried_name"
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if AXES_IPWARE_PROXY_COUNT:
    AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]

# --- The admin's look -----------------------------------------------------------------------------------------------


def _works_on_all(request: HttpRequest) -> bool:
    """Tell whether a link is for leads; the pages behind it decide for themselves."""
    return request.user.has_perm("subscriptions.lead")


def _about_voice_rates(request: HttpRequest) -> bool:
    """Tell whether a page is about a deck, a version of it or its rates: all three are found under one link."""
    return "/voicerate" in request.path


def _about_trials(request: HttpRequest) -> bool:
    """Tell trials from requests of them: the one address begins like the other."""
    return "/trial/" in request.path


def _about_cycles(request: HttpRequest) -> bool:
    """Tell the cycles from the run review and from moving in, which have links of their own."""
    has_own_link = request.path.endswith("/review/") or _about_moving_in(request)
    return "/billingcycle/" in request.path and not has_own_link


def _about_moving_in(request: HttpRequest) -> bool:
    return "/billingcycle/moving-in/" in request.path


def _about_invoices(request: HttpRequest) -> bool:
    """Tell the invoices from the ageing report, which has a link of its own."""
    return "/invoices/invoice/" in request.path and "/ageing/" not in request.path


def _named(model: str) -> str:
    """Return what a list is called; settings are read before there are models."""
    app, name = model.split("_", 1)
    return capfirst(str(apps.get_model(app, name)._meta.verbose_name_plural))  # noqa: SLF001


def _link(icon: str, model: str, *, title: object = None) -> dict[str, object]:
    """Return the link to a list: it is called as its rows are, unless another name says it better."""
    return {
        "title": lazy(_named, str)(model) if title is None else title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
    }


UNFOLD = {
    "SITE_TITLE": "Seatbill",
    "SITE_HEADER": "Seatbill",
    "SITE_SUBHEADER": _("Times are UTC"),
    "SITE_SYMBOL": "receipt_long",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("seatbill.svg")}],
    "STYLES": [lambda request: static("subscriptions/admin.css")],
    "SCRIPTS": [lambda request: static("once.js"), lambda request: static("subscriptions/admin.js")],
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "invoices.admin.workbench.dashboard",
    "BORDER_RADIUS": "6px",
    "COLORS": {
        # A calm blue-green; every step keeps the contrast of the one it replaces.
        "primary": {
            "50": "oklch(97.6% .014 195)",
            "100": "oklch(94.2% .03 195)",
            "200": "oklch(89% .052 196)",
            "300": "oklch(81.5% .078 198)",
            "400": "oklch(70.5% .095 201)",
            "500": "oklch(59.5% .092 204)",
            "600": "oklch(50.5% .08 207)",
            "700": "oklch(43.5% .068 209)",
            "800": "oklch(37.5% .056 211)",
            "900": "oklch(32% .046 213)",
            "950": "oklch(22.5% .036 215)",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Today"),
                "items": [
                    {"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")},
                    {
                        "title": _("Run review"),
                        "icon": "fact_check",
                        "link": reverse_lazy("admin:invoices_run_review"),
                    },
                    _link("verified_user", "subscriptions_approval"),
                    _link("report", "invoices_parking"),
                    _link("power_settings_new", "invoices_issuingswitch", title=_("Issuing switch")),
                    {
                        "title": _("Machinery"),
                        "icon": "monitor_heart",
                        "link": reverse_lazy("machinery"),
                        "permission": _works_on_all,
                    },
                ],
            },
            {
                "title": _("Customers"),
                "items": [
                    _link("domain", "subscriptions_organization"),
                    _link("corporate_fare", "subscriptions_account"),
                    {
                        "title": _("Moving in"),
                        "icon": "move_to_inbox",
                        "link": reverse_lazy("admin:invoices_moving_in"),
                        "active": _about_moving_in,
                    },
                    _link("science", "subscriptions_trial") | {"active": _about_trials},
                    _link("how_to_reg", "subscriptions_trialrequest") | {"permission": _works_on_all},
                    _link("contact_mail", "subscriptions_contactrequest"),
                    _link("mail", "subscriptions_outgoingmail"),
                    _link("webhook", "subscriptions_webhookendpoint"),
                    _link("outbox", "subscriptions_webhookdelivery"),
                ],
            },
            {
                "title": _("Agreements"),
                "items": [
                    _link("request_quote", "subscriptions_quote"),
                    _link("contract", "subscriptions_subscription"),
                    _link("shopping_cart", "subscriptions_order"),
                ],
            },
            {
                "title": _("Usage"),
                "items": [
                    _link("bolt", "usage_usageevent"),
                    _link("report", "usage_rejectedevent"),
                    _link("photo_camera", "usage_usagesnapshot"),
                    _link("key", "usage_ingestionkey"),
                ],
            },
            {
                "title": _("Billing"),
                "items": [
                    _link("event_repeat", "invoices_billingcycle") | {"active": _about_cycles},
                    _link("visibility", "invoices_cycleexception"),
                    _link("rule", "invoices_periodcorrection"),
                    _link("timer_off", "invoices_toolateusage"),
                    _link("receipt", "invoices_invoice") | {"active": _about_invoices},
                    _link("payments", "invoices_payment"),
                    _link("credit_card", "invoices_cardpayment"),
                    _link("notifications", "invoices_gatewaynotice", title=_("Gateway notices")),
                    {
                        "title": _("Ageing"),
                        "icon": "hourglass_bottom",
                        "link": reverse_lazy("admin:invoices_ageing"),
                    },
                    _link("notifications", "invoices_reminder"),
                    _link("notifications_off", "invoices_dunningstop", title=_("Reminders stopped")),
                    _link("handshake", "invoices_paymentpromise"),
                    _link("upload_file", "invoices_bankfile"),
                    _link("swap_vert", "invoices_bankline"),
                    _link("view_column", "invoices_bankformat"),
                    _link("account_balance", "invoices_ledgertransaction"),
                    _link("history_edu", "invoices_termssnapshot"),
                    _link("tag", "invoices_numberseries") | {"permission": _works_on_all},
                    {"title": _("Reports"), "icon": "query_stats", "link": reverse_lazy("reports")},
                ],
            },
            {
                "title": _("Catalog"),
                "items": [
                    _link("inventory_2", "subscriptions_product"),
                    _link("sell", "subscriptions_pricebook"),
                    _link("call", "subscriptions_voiceratedeck") | {"active": _about_voice_rates},
                    _link("gavel", "subscriptions_taxauthority"),
                    _link("upload_file", "subscriptions_priceimport") | {"permission": _works_on_all},
                    _link("apartment", "subscriptions_issuingentity"),
                ],
            },
            {
                "title": _("People"),
                "items": [
                    _link("person", "auth_user") | {"permission": _works_on_all},
                    _link("group", "auth_group") | {"permission": _works_on_all},
                    _link("history", "subscriptions_auditentry"),
                    _link("delete_history", "subscriptions_erasure") | {"permission": _works_on_all},
                ],
            },
        ],
    },
}

# --- Credit notes ---------------------------------------------------------------------------------------------------

CREDIT_LIMIT = env.int("CREDIT_LIMIT", default=1_000)
"""How much one person alone may give back of an invoice, in its currency."""

# --- Paying online ----------------------------------------------------------------------------------------------------

CARD_LIMIT = env.int("CARD_LIMIT", default=25_000)
"""Up to how many US dollars an invoice is paid by card; above it from a bank account."""
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_CHECKOUT_ORIGIN = env.str("STRIPE_CHECKOUT_ORIGIN", default="https://checkout.stripe.com")
PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", default="stripe" if STRIPE_SECRET_KEY else "test" if DEBUG else "none")
"""Where invoices are paid online: `stripe`, `test` (built in: no money moves), or `none`."""

# --- Safety bounds: what is beyond one is held until two leads have looked at it --------------------------------------

SAFETY_BOUND_ARREARS_TIMES = env.int("SAFETY_BOUND_ARREARS_TIMES", default=5)
"""Arrears of more than so many times the usual ones are held."""
SAFETY_BOUND_ARREARS_NEEDED = env.int("SAFETY_BOUND_ARREARS_NEEDED", default=3)
"""So many earlier periods have to be known before arrears are compared; fewer say nothing about what is usual."""
SAFETY_BOUND_LINES = env.int("SAFETY_BOUND_LINES", default=100_000)
"""A document with more lines is held."""

# --- Audit trail ----------------------------------------------------------------------------------------------------

AUDIT_HEADS_DIR = env.path("AUDIT_HEADS_DIR", default=str(Path(VAR_DIR) / "audit-heads"))()
"""Where the heads of the audit trail are written each day; best a place that this server can only add to."""

# --- Trials ---------------------------------------------------------------------------------------------------------

TRIAL_COUNTRIES = env.list(
    "TRIAL_COUNTRIES", default=["AT", "AU", "BE", "BR", "CA", "CH", "DE", "FR", "GB", "IE", "JP", "NL", "NZ", "US"]
)
TRIAL_REGIONS = env.list("TRIAL_REGIONS", default=["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"])
TRIAL_DAYS = env.int("TRIAL_DAYS", default=30)

# --- Mail: a server when EMAIL_URL names one, else a file for each in `var/` ----------------------------------------

SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Seatbill <billing@localhost>")
if env.str("EMAIL_URL", default=""):
    globals().update(env.email("EMAIL_URL"))
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(Path(VAR_DIR) / "mail")

# --- Ingestion ------------------------------------------------------------------------------------------------------

MAX_BATCH_BYTES = env.int("MAX_BATCH_BYTES", default=16 * 1024 * 1024)
MAX_BATCH_EVENTS = env.int("MAX_BATCH_EVENTS", default=10_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BATCH_BYTES
MAX_BODY_SECONDS = env.int("MAX_BODY_SECONDS", default=60)
# What a key may report that has no figure of its own: so many in the long run (0: any number), and as much at once as
# it did not use for some seconds.
INGESTION_EVENTS_PER_SECOND = env.int("INGESTION_EVENTS_PER_SECOND", default=10_000)
INGESTION_BURST_SECONDS = env.int("INGESTION_BURST_SECONDS", default=60)
# How many other requests of the API a key may make in the long run (0: any number), and a minute's worth at once.
API_REQUESTS_PER_SECOND = env.int("API_REQUESTS_PER_SECOND", default=20)

# --- Webhooks -------------------------------------------------------------------------------------------------------

WEBHOOK_ALLOW_PRIVATE = env.list("WEBHOOK_ALLOW_PRIVATE", default=[])
"""Hosts of our own network to which webhooks may be sent all the same, at any port, also without encryption."""

# --- Logs -----------------------------------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="line")
"""`line` for people, `json` for what collects logs; both name the request, or the task, that a line is about."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"about": {"()": "billingsite.logs.AboutFilter"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {about} {name} {message}", "style": "{"},
        "json": {"()": "billingsite.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["about"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"axes": {"level": "WARNING"}, "stripe": {"level": "WARNING"}},
}

# --- Monitoring -----------------------------------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
"""What a program shows that reads `/metrics`; without one only leads may."""
