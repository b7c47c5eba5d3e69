# SPDX-License-Identifier: Apache-2.0
from django.db import models


class Bird(models.Model):
    name = models.CharField(max_length=80)
    wingspan = models.IntegerField()

    class Meta:
        app_label = "page"
