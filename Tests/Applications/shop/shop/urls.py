# SPDX-License-Identifier: Apache-2.0
import hashlib
import logging

from django.contrib import admin
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def front(request):
    logging.getLogger("shop").info("the front page was asked for")
    return HttpResponse("Hello from Django\n", content_type="text/plain")


def download(request):
    count = int(request.GET.get("megabytes", "10"))
    return StreamingHttpResponse(
        (b"%07d\n" % number * 131072 for number in range(count)),
        content_type="application/octet-stream")


@csrf_exempt
def upload(request):
    files = {}
    for name, file in request.FILES.items():
        seen = hashlib.sha256()
        for piece in file.chunks():
            seen.update(piece)
        files[name] = {"size": file.size, "sha256": seen.hexdigest()}
    return JsonResponse({"fields": request.POST.dict(), "files": files})


def fault(request):
    raise RuntimeError("a fault of the application")


urlpatterns = [
    path("", front),
    path("download", download),
    path("upload", upload),
    path("fault", fault),
    path("admin/", admin.site.urls),
]
