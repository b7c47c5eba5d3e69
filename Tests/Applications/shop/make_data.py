# SPDX-License-Identifier: Apache-2.0
"""Makes the shop's database with an administrator, and collects its static files."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

import django  # noqa: E402
from django.core.management import call_command  # noqa: E402

if __name__ == "__main__":
    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User

    settings.DATA.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not User.objects.exists():
        User.objects.create_superuser("admin", "admin@example.com", "swift")
