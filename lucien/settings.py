"""Django's settings. Importing this never raises: what is wrong is in ENV_PROBLEMS (`environment.require`).

Every variable of `environment.TABLE` is also a setting of the same name.
"""

import contextlib
import os
import tempfile
from pathlib import Path

from lucien import __version__, environment
from lucien.environment import BASE_DIR

_source, _odd_lines = environment.read()
SANDBOX = os.environ.get(environment.SANDBOX_SWITCH) == "1"
ENV = environment.load(_source, sandbox=SANDBOX)
ENV_PROBLEMS = ENV.problems
ENV_WARNINGS = _odd_lines + ENV.warnings
globals().update(ENV.values)

VERSION = __version__
COMMIT = _source.get("RAILWAY_GIT_COMMIT_SHA", "")[:7]  # the platform's own variable; elsewhere unknown

# --- applications ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.import_export",
    "django.contrib.admin.apps.SimpleAdminConfig",  # the admin modules are loaded with the URLs: the bot tier has none
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "import_export",
    "botcore",
    "subscriptions",
    "content",
    "healthcheck",
]
MIDDLEWARE = [
    "healthcheck.middleware.answer_health",  # first: answers whatever the others would refuse
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "lucien.urls"
ASGI_APPLICATION = "lucien.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
UNFOLD = {"SITE_TITLE": "Lucien", "SITE_HEADER": "Lucien"}

# --- database -------------------------------------------------------------------------------------
SQLITE_SETTINGS = {
    "CONN_MAX_AGE": None,  # opening the file costs more than a query
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    },
    # A file, one per process: with a shared in-memory database several writers fail at once.
    "TEST": {"NAME": str(Path(tempfile.gettempdir(), f"lucien-test-{os.getpid()}.sqlite3"))},
}


def _database() -> dict:
    config = dict(ENV["DATABASE_URL"])
    if config["ENGINE"].endswith("sqlite3"):
        with contextlib.suppress(OSError):  # said when the file is opened, by the command that needs it
            Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        return config | SQLITE_SETTINGS
    # A pool serves the few threads of the bot and the many short-lived ones of the web alike. A failed attempt
    # to connect is given up soon, so that the next one comes as soon as the database is back.
    pool = {"min_size": 1, "max_size": ENV["DB_POOL_MAX"], "timeout": 5, "reconnect_timeout": 3}
    options = config.pop("OPTIONS", {})
    return config | {
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"connect_timeout": 5, **options, "pool": pool},
    }


# Without a valid DATABASE_URL there is no database: what needs one is refused, not given an empty default.
DATABASES = {} if ENV.is_bad("DATABASE_URL") else {"default": _database()}

# --- Redis, or the process itself -----------------------------------------------------------------
if ENV["REDIS_URL"]:
    # The time-outs stand in the URL, so they hold for every client of it.
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": ENV["REDIS_URL"],
            "KEY_PREFIX": "lucien",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True},
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [ENV["REDIS_URL"]], "prefix": "lucien"},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "es"
USE_TZ = True

# --- static files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
# A checkout runs without collectstatic; the image has its files.
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "admin").is_dir()
with contextlib.suppress(OSError):  # whitenoise complains about a root that is not there
    STATIC_ROOT.mkdir(exist_ok=True)

# --- security -------------------------------------------------------------------------------------
# A public host is served over TLS, by a proxy that says so; on localhost alone there is none.
_TLS = any(origin.startswith("https://") for origin in ENV["CSRF_TRUSTED_ORIGINS"]) and not SANDBOX
if _TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
SECURE_SSL_REDIRECT = _TLS
SECURE_REDIRECT_EXEMPT = [r"^(metrics|webhook)"]  # asked by platforms and probes from within
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Sub-domains and preloading bind hosts that are not ours to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# --- profiling (O-PROF-1) -------------------------------------------------------------------------
if ENV["SILK_ENABLED"]:
    INSTALLED_APPS.append("silk")
    MIDDLEWARE.insert(1, "silk.middleware.SilkyMiddleware")
    SILKY_AUTHENTICATION = SILKY_AUTHORISATION = True
    SILKY_MAX_REQUEST_BODY_SIZE = SILKY_MAX_RESPONSE_BODY_SIZE = 0
    SILKY_MAX_RECORDED_REQUESTS = 1000

    def SILKY_PERMISSIONS(user) -> bool:
        return user.is_superuser
