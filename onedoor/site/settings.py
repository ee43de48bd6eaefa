"""Django settings of every OneDoor process."""

from __future__ import annotations

from onedoor.plumbing.database.settings import database_settings
from onedoor.plumbing.home import Home

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
