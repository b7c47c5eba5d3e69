# SPDX-License-Identifier: Apache-2.0
"""Servers of Python applications, each with its front where it is used with one.

All run the applications of `applications/` on the same interpreter, in two processes of four
threads (WSGI) or of one event loop (ASGI) each. Apus and Apache read the very same file.
"""

import pathlib
import shutil
import subprocess
import sys

from . import servers
from .servers import ROOT, Unavailable

APPLICATIONS = pathlib.Path(__file__).resolve().parent.parent / "applications"
PROCESSES, THREADS = 2, 4
PACKAGES = ["flask", "django", "gunicorn", "uvicorn[standard]", "granian", "websockets"]
UWSGI_PROGRAM = shutil.which("uwsgi-core") or shutil.which("uwsgi")


class Environment:
    """A virtual environment with the applications' and the peers' packages."""

    def __init__(self, folder, interpreter):
        self.folder = folder
        self.python = folder / "bin/python"
        if not (folder / "complete").exists():
            print(f"Installing {', '.join(PACKAGES)} in {folder}", file=sys.stderr)
            subprocess.run([interpreter, "-m", "venv", folder], check=True)
            subprocess.run([self.python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
            (folder / "complete").touch()

    def program(self, name):
        return self.folder / "bin" / name


class PythonServer(servers.Server):
    """One server; `purpose` is the module of the application."""

    interface = "wsgi"
    environment = None  # set once, for all
    worker_count, thread_count = PROCESSES, THREADS

    @property
    def probe(self):
        return "/"

    @property
    def target(self):
        return f"{self.purpose}:{'asgi' if self.interface == 'asgi' else 'application'}"

    @property
    def applications(self):
        return self.shared / "applications"

    def interpreters(self):
        """The processes that have an interpreter: workers, and a master that is there for them."""
        tree = servers.accounting.process_tree(self.process.pid)
        return [pid for pid in tree if servers.accounting.has_interpreter(pid)]

    def behind_nginx(self, location, backend):
        """A shell command that starts the backend and becomes nginx: one tree of processes."""
        if not servers.Nginx.path:
            raise Unavailable("nginx is not there")
        temporary = "\n".join(
            f"    {kind}_temp_path {self.home}/logs;"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.home / "nginx.conf").write_text(f"""\
{"user www-data;" if ROOT else ""}
worker_processes 2;
daemon off;
pid logs/nginx.pid;
error_log logs/error.log;
events {{ worker_connections 768; }}
http {{
    access_log off;
    keepalive_requests 100000000;
{temporary}
    upstream application {{ server unix:{self.home}/logs/socket; {self.upstream_options} }}
    server {{
        listen 127.0.0.1:{self.port} backlog=511;
        location / {{
{location}
        }}
    }}
}}
""")
        words = " ".join(f"'{word}'" for word in backend)
        return ["/bin/sh", "-c",
                f"umask 0; cd '{self.applications}'; {words} >'{self.home}/logs/backend.log' 2>&1 & "
                f"exec '{servers.Nginx.path}' -p '{self.home}' -e logs/error.log "
                f"-c '{self.home}/nginx.conf'"]

    upstream_options = ""
    PROXY = """\
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"""


class ModWSGI(PythonServer, servers.Apache):
    """Apache's event MPM with mod_wsgi's daemon mode."""

    name = "mod_wsgi daemon"
    module = "/usr/lib/apache2/modules/mod_wsgi.so"
    daemon = True

    @classmethod
    def available(cls):
        return cls.path is not None and pathlib.Path(cls.module).exists()

    def configuration(self):
        lines = servers.Apache.configuration(self).rstrip().split("\n")
        lines += [f"LoadModule wsgi_module {self.module}"]
        script = self.applications / f"{self.purpose}.py"
        if self.daemon:
            lines += [
                f"WSGIDaemonProcess bench processes={self.worker_count} threads={self.thread_count} "
                f"python-home={self.environment.folder} python-path={self.applications}"
                f"{self.options}",
                "WSGISocketPrefix logs/wsgi",
                f'WSGIScriptAlias / "{script}" process-group=bench application-group=%{{GLOBAL}}',
            ]
        else:
            lines += [f"WSGIPythonHome {self.environment.folder}",
                      f"WSGIPythonPath {self.applications}",
                      f'WSGIScriptAlias / "{script}" application-group=%{{GLOBAL}}']
        lines += self.extra_lines()
        return "\n".join(lines) + "\n"

    options = ""

    def extra_lines(self):
        return []


class ModWSGIEmbedded(ModWSGI):
    name = "mod_wsgi embedded"
    daemon = False


class Apus(ModWSGI):
    name = "apus"
    path = None

    @classmethod
    def available(cls):
        return cls.path is not None

    def front_memory(self):
        return sum(
            servers.accounting.process_memory(pid)
            for pid in servers.accounting.process_tree(self.process.pid)
            if "python" not in servers.accounting.program(pid))


class ApusASGI(Apus):
    interface = "asgi"
    options = " interface=asgi event-loop=uvloop"

    def extra_lines(self):
        return ["WSGICallableObject asgi"]


class ApusWebSockets(ApusASGI):
    """With room for many connections that stay open."""

    def extra_lines(self):
        return super().extra_lines() + ["AsyncRequestWorkerFactor 40"]


class UWSGI(PythonServer):
    """uWSGI serving HTTP itself."""

    name = "uwsgi"

    @classmethod
    def available(cls):
        return UWSGI_PROGRAM is not None

    def uwsgi(self, *socket):
        command = [
            UWSGI_PROGRAM, *socket, "--plugin", "python3", "--virtualenv", str(self.environment.folder),
            "--chdir", str(self.applications), "--pythonpath", str(self.applications),
            "--module", self.target, "--master", "--processes", str(self.worker_count),
            "--disable-logging", "--die-on-term", "--need-app", "--listen", "1024",
            "--touch-reload", str(self.applications / f"{self.purpose}.py")]
        if self.thread_count > 1:
            command += ["--threads", str(self.thread_count)]
        # Debian's file may limit the backlog of a socket to 128.
        limit = int(pathlib.Path("/proc/sys/net/core/somaxconn").read_text())
        command[command.index("1024")] = str(min(1024, limit))
        return command

    def command(self):
        return self.uwsgi("--http11-socket", f"127.0.0.1:{self.port}")


class NginxUWSGI(UWSGI):
    """nginx and uWSGI on a Unix socket: the usual way."""

    name = "nginx + uwsgi"

    def command(self):
        location = "            include /etc/nginx/uwsgi_params;\n            uwsgi_pass application;"
        return self.behind_nginx(
            location, self.uwsgi("--socket", f"{self.home}/logs/socket", "--chmod-socket=666"))


class NginxGunicorn(PythonServer):
    name = "nginx + gunicorn"
    upstream_options = "keepalive 32;"

    @classmethod
    def available(cls):
        return True

    def command(self):
        return self.behind_nginx(self.PROXY, [
            str(self.environment.program("gunicorn")), "--workers", str(self.worker_count),
            "--threads", str(self.thread_count), "--bind", f"unix:{self.home}/logs/socket",
            "--log-level", "warning", self.target])


class Granian(PythonServer):
    """granian serving HTTP itself."""

    name = "granian"

    @classmethod
    def available(cls):
        return True

    def command(self):
        command = [
            str(self.environment.program("granian")), "--interface", self.interface,
            "--host", "127.0.0.1", "--port", str(self.port), "--workers", str(self.worker_count),
            "--no-access-log", "--log-level", "warning", "--working-dir", str(self.applications)]
        if self.interface == "wsgi":
            command += ["--blocking-threads", str(self.thread_count)]
        return command + [self.target]


class GranianASGI(Granian):
    interface = "asgi"


class Uvicorn(PythonServer):
    """uvicorn serving HTTP itself, with uvloop and httptools."""

    name = "uvicorn"
    interface = "asgi"

    @classmethod
    def available(cls):
        return True

    def uvicorn(self, *address):
        return [
            str(self.environment.program("uvicorn")), *address, "--workers", str(self.worker_count),
            "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
            "--app-dir", str(self.applications), self.target]

    def command(self):
        return self.uvicorn("--host", "127.0.0.1", "--port", str(self.port))


class NginxUvicorn(Uvicorn):
    name = "nginx + uvicorn"
    upstream_options = "keepalive 32;"

    def command(self):
        return self.behind_nginx(self.PROXY, self.uvicorn("--uds", f"{self.home}/logs/socket"))


WSGI = [Apus, NginxUWSGI, UWSGI, ModWSGI, ModWSGIEmbedded, Granian, NginxGunicorn]
ASGI = [ApusASGI, NginxUvicorn, Uvicorn, GranianASGI]
