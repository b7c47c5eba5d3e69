# SPDX-License-Identifier: Apache-2.0
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat.settings")
django_application = get_asgi_application()

from chat.rooms import Room  # noqa: E402  needs Django to be set up

application = ProtocolTypeRouter({
    "http": django_application,
    "websocket": URLRouter([path("rooms/<room>", Room.as_asgi())]),
})
