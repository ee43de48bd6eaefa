"""Django settings of every OneDoor process."""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import SELF

from onedoor.domain.offices.terms import AccountPolicy, account_policy
from onedoor.plumbing.database.settings import database_settings
from onedoor.plumbing.home import Home
from onedoor.site.logs import logging_settings
from onedoor.site.web import environment_name

HOME = Home.current()
SECRET_KEY = HOME.secret("django")
DEBUG = False
ALLOWED_HOSTS = ["*"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
LANGUAGE_CODE = "zh-hans"
USE_I18N = True

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "onedoor.faces",
    "onedoor.domain.journal",
    "onedoor.domain.offices",
    "onedoor.domain.notices",
    "onedoor.domain.papers",
    "onedoor.domain.people",
    "onedoor.domain.catalog",
    "onedoor.domain.cases",
]
AUTH_USER_MODEL = "offices.User"
ROOT_URLCONF = "onedoor.site.urls"
WSGI_APPLICATION = "onedoor.site.wsgi.application"
DATABASES = {"default": database_settings()}

# Memory-hard, and a tenth of the time that PBKDF2 takes on the counter's machine.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "onedoor.faces.observing.ObservingMiddleware",
    "onedoor.faces.middleware.PackingMiddleware",
    "onedoor.faces.middleware.PolicyMiddleware",
    "onedoor.faces.middleware.PrivateMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "onedoor.faces.api.middleware.ProblemMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "onedoor.faces.middleware.RefusalMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "onedoor.faces.context.page",
            ],
        },
    }
]

STATIC_URL = "/static/"
STATIC_ROOT = Path(__file__).resolve().parent.parent / "faces" / "static"
WHITENOISE_AUTOREFRESH = False
# Every address bears the digest of its file; a new file has a new address.
WHITENOISE_MAX_AGE = 365 * 24 * 3600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "onedoor.faces.statics.VersionedStaticFiles"},
}

#: Rules for passwords and sign-in (`asvs` or `dengbao`), the roles that must use a second factor, and after how many
#: minutes without a request staff and applicants are signed out.
ONEDOOR_ACCOUNTS: AccountPolicy = account_policy(
    os.environ.get("ONEDOOR_PASSWORD_PROFILE", "asvs"),
    os.environ.get("ONEDOOR_FACTOR_ROLES", ""),
    os.environ.get("ONEDOOR_STAFF_IDLE", ""),
    os.environ.get("ONEDOOR_APPLICANT_IDLE", ""),
)

#: Set by `onedoor up` when a browser reaches the site over TLS, directly or through a proxy.
TLS = os.environ.get("ONEDOOR_TLS", "") == "1"
ONEDOOR_BEHIND_PROXY = os.environ.get("ONEDOOR_BEHIND_PROXY", "") == "1"
#: The header in which the proxy tells the visitor's address, by its name in a request's environment. There `-` and
#: `_` are one: a name of a single word cannot be spelt in a second way by whoever is beyond the proxy.
ONEDOOR_PROXY_HEADER = environment_name(os.environ.get("ONEDOOR_PROXY_HEADER", "X-Forwarded-For"))
if ONEDOOR_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
CSRF_COOKIE_NAME = "__Host-csrftoken" if TLS else "csrftoken"
CSRF_COOKIE_SECURE = TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "onedoor.faces.failures.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

#: One file as large as papers take it, and a form around it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

#: Who looks for viruses in files that are handed in: clamd://host:port, clamd:///path of a socket, or nobody.
ONEDOOR_SCANNER = os.environ.get("ONEDOOR_SCANNER", "").strip()

#: How citizens and verifiers reach this installation; printed into the QR of every paper.
ONEDOOR_PUBLIC_URL = os.environ.get("ONEDOOR_PUBLIC_URL", "http://127.0.0.1:8000")

#: The OpenID provider with which citizens may sign in; off unless issuer and client are named. `claims` is
#: "name=…,id_number=…,phone=…,level=…", telling what the provider calls them.
ONEDOOR_OIDC = {
    "name": os.environ.get("ONEDOOR_OIDC_NAME", "").strip() or "省统一身份认证",
    "issuer": os.environ.get("ONEDOOR_OIDC_ISSUER", "").strip(),
    "client_id": os.environ.get("ONEDOOR_OIDC_CLIENT_ID", "").strip(),
    "secret_file": os.environ.get("ONEDOOR_OIDC_SECRET_FILE", "").strip(),
    "scopes": os.environ.get("ONEDOOR_OIDC_SCOPES", "").strip(),
    "claims": os.environ.get("ONEDOOR_OIDC_CLAIMS", "").strip(),
}

#: The HTTP gateway that takes short messages; empty: they stay in the outbox.
ONEDOOR_SMS_URL = os.environ.get("ONEDOOR_SMS_URL", "").strip()
ONEDOOR_SMS_TOKEN_FILE = os.environ.get("ONEDOOR_SMS_TOKEN_FILE", "").strip()

LOGGING = logging_settings(HOME)
