# SPDX-License-Identifier: Apache-2.0
"""The Django page as WSGI; run as a program it makes the database."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import page  # noqa: E402,F401  configures Django
from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()


def make_database():
    from django.db import connection

    from page.models import Bird

    with connection.schema_editor() as editor:
        editor.create_model(Bird)
    Bird.objects.bulk_create(
        Bird(name=f"Apus number {number}", wingspan=number % 60) for number in range(200))


if __name__ == "__main__":
    make_database()
