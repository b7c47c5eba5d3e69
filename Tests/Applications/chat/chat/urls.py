# SPDX-License-Identifier: Apache-2.0
from django.http import HttpResponse
from django.urls import path


async def front(request):
    return HttpResponse("Hello from Channels\n", content_type="text/plain")


urlpatterns = [path("", front)]
