# SPDX-License-Identifier: Apache-2.0
from django.shortcuts import render
from django.urls import path


def birds(request):
    from page.models import Bird

    return render(request, "birds.html", {"birds": Bird.objects.order_by("-wingspan")[:10]})


urlpatterns = [path("", birds)]
