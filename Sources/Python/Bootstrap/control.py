# SPDX-License-Identifier: Apache-2.0
"""Messages to and from the server's parent: strings with a NUL between; a verb, then pairs."""
import apus_worker

LIMIT = 60000


class Message:
    def __init__(self, data, files):
        words = data.decode("utf-8", "surrogateescape").split("\0")
        if len(words) % 2 == 0 and not words[-1]:
            words.pop()
        self.verb = words[0]
        self.pairs = list(zip(words[1::2], words[2::2]))
        self.files = files

    def get(self, key, default=None):
        return next((value for name, value in self.pairs if name == key), default)

    def all(self, key):
        return [value for name, value in self.pairs if name == key]

    def number(self, key, default=0):
        """A number, of seconds perhaps; the default too if it does not look like one."""
        try:
            return float(self.get(key, default))
        except (TypeError, ValueError):
            return default


def receive(seconds):
    """Waits for a message; None if there was none. At the end of the channel its verb is ""."""
    found = apus_worker.receive(-1 if seconds is None else int(seconds * 1000))
    return found and Message(*found)


def send(verb, *pairs):
    words = [verb]
    for key, value in pairs:
        words += (key, str(value).replace("\0", " "))
    data = "\0".join(words).encode("utf-8", "surrogateescape")
    try:
        apus_worker.send(data[:LIMIT])
    except OSError:
        pass  # The parent has gone, which `receive` will tell.


def send_stack(request, name, stack):
    """Where a request is: its number, what logs call it, and the lines."""
    send("dumped", ("request", "%x" % request), ("name", name), ("stack", stack))
