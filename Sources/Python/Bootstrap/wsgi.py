# SPDX-License-Identifier: Apache-2.0
"""The WSGI side: threads that serve, and what environ begins with."""
import os
import threading

import apus_worker
from apus_worker import authorization, logs, scripts


class FileWrapper:
    """wsgi.file_wrapper. If the application returns one of a plain file, the server sends the file."""

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.blksize)
        if data:
            return data
        raise StopIteration


def make_template(options, script, name):
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": logs.errors,
        "wsgi.multithread": options.threads > 1,
        "wsgi.multiprocess": options.is_multiprocess,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
        "SCRIPT_NAME": "",
        "PATH_INFO": "",
        "QUERY_STRING": "",
        "apache.version": options.apache_version,
        "mod_wsgi.version": options.mod_wsgi_version,
        "mod_wsgi.process_group": options.process_group,
        "mod_wsgi.application_group": options.application_group,
        "mod_wsgi.callable_object": name,
        "mod_wsgi.request_handler": "wsgi-script",
        "mod_wsgi.handler_script": "",
        "mod_wsgi.script_reloading": "1",
        "mod_wsgi.daemon_connects": "1",
        "mod_wsgi.daemon_restarts": "0",
    }


def serve(options):
    """Starts the threads. The main one stays free for the parent, and for Python's signals."""

    def load(script, name):
        try:
            application = scripts.find(script, name)
        except (scripts.NotLoaded, scripts.NoCallable) as error:
            logs.log(scripts.explain(script, error))
            return 404 if isinstance(error, scripts.NoCallable) else 0
        return application, make_template(options, script, name)

    apus_worker.configure(
        load, authorization.answer, logs.report, FileWrapper, options.request_limit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=apus_worker.forget)
    threads = [
        threading.Thread(target=apus_worker.serve, args=(number,), daemon=True,
                         name="wsgi-%d" % (number + 1))
        for number in range(options.threads)
    ]
    for thread in threads:
        thread.start()
    return threads
