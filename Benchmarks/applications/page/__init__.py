# SPDX-License-Identifier: Apache-2.0
"""A Django page: one query of a database, one template."""

import os
import pathlib

import django
from django.conf import settings

HERE = pathlib.Path(__file__).resolve().parent
settings.configure(
    SECRET_KEY="a benchmark has no secrets",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="page.urls",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    INSTALLED_APPS=["page"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("APUS_BENCH_DATABASE", HERE / "page.sqlite3"),
            "CONN_MAX_AGE": None,
        }
    },
    TEMPLATES=[
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE / "templates"]}
    ],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
