# SPDX-License-Identifier: Apache-2.0
"""The servers that are compared: how each is configured, started, restarted and stopped.

A configuration is asked for by what it is for:
  plain      static files, two processes (or what the default of the event MPM is), no access log
  realistic  20 virtual hosts, response fields, browser rules, an access log in combined format
  idle       as plain, but with room for many connections that stay open
  memory     the modules that are on by default, two processes
  cgi        as plain, with a CGI program
Apus and Apache read the very same file.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from . import accounting, content

ROOT = os.geteuid() == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def responds(port, path):
    """Whether one request is answered; the cheapest way to ask."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(
                f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


class Unavailable(Exception):
    """The server is not there, or cannot do what a case needs."""


class Server:
    """One running server in a folder of its own."""

    name = ""
    path = None  # its program
    graceful_signal = signal.SIGUSR1
    mpms = [None]

    def __init__(self, purpose, shared, scratch, mpm=None, cores=None):
        self.purpose, self.shared, self.mpm, self.cores = purpose, shared, mpm, cores
        self.label = f"{self.name} ({mpm})" if mpm else self.name
        name = self.name.replace(" ", "")
        self.home = scratch / f"{name}-{purpose}-{mpm or 'default'}"
        for folder in (self.home, self.home / "logs"):
            folder.mkdir(exist_ok=True)
        # Some open their logs and sockets when they are no longer root.
        (self.home / "logs").chmod(0o777)
        self.port = free_port()
        self.account = None
        self.process = None

    @classmethod
    def available(cls):
        return cls.path is not None

    def command(self):
        raise NotImplementedError

    @property
    def probe(self):
        return "/cgi-bin/hello.cgi" if self.purpose == "cgi" else "/1k.html"

    def launch(self):
        """Starts the process, and does not wait for anything."""
        command = [str(word) for word in self.command()]
        self.account = accounting.Account(self.home.name)
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.home / "logs" / "stderr.log", "w"), preexec_fn=self._prepare,
            start_new_session=True)

    def _prepare(self):
        self.account.join()
        if self.cores:
            os.sched_setaffinity(0, self.cores)

    def start(self):
        self.launch()
        end = time.monotonic() + 10
        while not responds(self.port, self.probe):
            if self.process.poll() is not None or time.monotonic() > end:
                reason = self.complaint()
                self.stop()
                raise Unavailable(f"{self.label} does not answer: {reason}")
            time.sleep(0.02)
        return self

    def complaint(self):
        for log in ("stderr.log", "error.log"):
            file = self.home / "logs" / log
            lines = file.read_text(errors="replace").split("\n") if file.exists() else []
            lines = [line for line in lines if line.strip()]
            if lines:
                return lines[-1][:200]
        return "nothing in its logs"

    def stop(self):
        """Ends what was started, and only that."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        # Whatever a server leaves behind is still of the session that was begun for it.
        end = time.monotonic() + 5
        while (left := accounting.session(self.process.pid)) and time.monotonic() < end:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)
        self.account.close()
        self.process = None

    def restart_gracefully(self):
        self.process.send_signal(self.graceful_signal)

    def seconds(self):
        return self.account.seconds(self.process.pid)

    def memory(self):
        return accounting.tree_memory(self.process.pid)


class Apache(Server):
    name = "apache2"
    path = shutil.which("apache2") or (
        "/usr/sbin/apache2" if os.path.exists("/usr/sbin/apache2") else None)

    mpms = ["event", "worker", "prefork"]
    MODULES = "authz_core mime"
    DEFAULT = (
        "alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex dir env"
        " mime reqtimeout setenvif status")

    def command(self):
        configuration = self.home / "httpd.conf"
        configuration.write_text(self.configuration())
        return [self.path, "-d", self.home, "-f", configuration, "-DFOREGROUND"]

    def configuration(self):
        modules = {
            "realistic": self.DEFAULT + " headers",
            "memory": self.DEFAULT,
            "cgi": self.MODULES + " alias cgid",
        }.get(self.purpose, self.MODULES).split()
        lines = [f"ServerName localhost", f"Listen 127.0.0.1:{self.port}"]
        lines += [
            f"LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so"
            for module in [f"mpm_{self.mpm or 'event'}"] + modules
        ]
        if ROOT:
            lines += ["User www-data", "Group www-data"]
        types = pathlib.Path(__file__).resolve().parents[2] / "available/mods/mime.types"
        lines += [
            "PidFile logs/httpd.pid", "DefaultRuntimeDir logs", "Mutex file:logs default",
            "ErrorLog logs/error.log", "LogLevel warn", "Timeout 300", "KeepAlive On",
            f"MaxKeepAliveRequests {100 if self.purpose == 'memory' else 0}",
            f"TypesConfig {types}", f'DocumentRoot "{self.shared}/htdocs"',
            "<Directory />", "    Options FollowSymLinks", "    AllowOverride None",
            "    Require all denied", "</Directory>",
            f'<Directory "{self.shared}">', "    Options Indexes FollowSymLinks",
            "    AllowOverride None", "    Require all granted", "</Directory>",
        ]
        return "\n".join(lines + self.processes() + self.extras()) + "\n"

    def processes(self):
        """Two processes with a thread for each connection of the load, as constant as those of
        the peers: with Debian's 25 threads Apache starts and ends processes all the time."""
        if self.mpm == "prefork":
            return ["StartServers 40", "MinSpareServers 5", "MaxSpareServers 150",
                    "MaxRequestWorkers 150", "KeepAliveTimeout 5"]
        if self.purpose == "idle":
            return ["StartServers 2", "ServerLimit 2", "ThreadLimit 300", "ThreadsPerChild 300",
                    "MaxRequestWorkers 600", "MinSpareThreads 1", "MaxSpareThreads 600",
                    "AsyncRequestWorkerFactor 40", "KeepAliveTimeout 600"]
        if self.purpose == "memory":
            return ["StartServers 2", "MinSpareThreads 25", "MaxSpareThreads 75",
                    "ThreadLimit 64", "ThreadsPerChild 25", "MaxRequestWorkers 150"]
        spare = 1 if self.purpose != "restart" else 32
        return ["StartServers 2", "ServerLimit 8", "ThreadLimit 64", "ThreadsPerChild 64",
                f"MinSpareThreads {spare}", "MaxSpareThreads 128", "MaxRequestWorkers 128",
                "KeepAliveTimeout 5"]

    def extras(self):
        if self.purpose == "cgi":
            return [f'ScriptAlias /cgi-bin/ "{self.shared}/cgi-bin/"', "ScriptSock cgisock"]
        if self.purpose == "memory":
            return self.defaults()
        if self.purpose == "realistic":
            return self.defaults() + self.sites()
        return []

    def defaults(self):
        """What Debian sets up for the modules that are on by default."""
        return [
            "DirectoryIndex index.html index.cgi index.pl index.php index.xhtml index.htm",
            "IndexOptions FancyIndexing VersionSort HTMLTable NameWidth=* Charset=UTF-8",
            "RequestReadTimeout header=20-40,minrate=500", "RequestReadTimeout body=10,minrate=500",
            'BrowserMatch "Mozilla/2" nokeepalive',
            r'BrowserMatch "MSIE 4\.0b2;" nokeepalive downgrade-1.0 force-response-1.0',
            r'BrowserMatch "RealPlayer 4\.0" force-response-1.0',
            r'BrowserMatch "Java/1\.0" force-response-1.0',
            r'BrowserMatch "JDK/1\.0" force-response-1.0',
            'BrowserMatch "^WebDrive" redirect-carefully',
            r'BrowserMatch "^WebDAVFS/1\.[012]" redirect-carefully',
            r'BrowserMatch "^gnome-vfs/1\.0" redirect-carefully',
            'BrowserMatch "^gvfs/1" redirect-carefully',
            'BrowserMatch "^XML Spy" redirect-carefully',
            "<Location /server-status>", "    SetHandler server-status", "    Require local",
            "</Location>", "ExtendedStatus On", "AccessFileName .htaccess",
            r'<FilesMatch "^\.ht">', "    Require all denied", "</FilesMatch>",
            r'LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined',
        ]

    def sites(self):
        lines = [
            'Header set X-Content-Type-Options "nosniff"',
            'Header set X-Frame-Options "SAMEORIGIN"',
            'Header set Cache-Control "max-age=3600"',
        ]
        # The first site answers what names no other, as the probe at the start does.
        names = ["localhost"] + content.HOSTS
        for name in names:
            folder = "htdocs" if name == "localhost" else f"sites/{name}"
            lines += [
                f"<VirtualHost *:{self.port}>", f"    ServerName {name}",
                f"    ServerAlias www.{name}", "    ServerAdmin webmaster@localhost",
                f'    DocumentRoot "{self.shared}/{folder}"', "    ErrorLog logs/error.log",
                "    CustomLog logs/access.log combined", "</VirtualHost>",
            ]
        return lines


class Apus(Apache):
    name = "apus"
    path = None


class Nginx(Server):
    name = "nginx"
    path = shutil.which("nginx") or (
        "/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else None)
    graceful_signal = signal.SIGHUP

    def command(self):
        if self.purpose == "cgi":
            raise Unavailable("nginx runs no CGI programs")
        configuration = self.home / "nginx.conf"
        configuration.write_text(self.configuration())
        return [self.path, "-p", self.home, "-e", "logs/error.log", "-c", configuration]

    def configuration(self):
        temporary = "\n".join(
            f"    {kind}_temp_path {self.home}/logs;"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return f"""\
{"user www-data;" if ROOT else ""}
worker_processes 2;
daemon off;
pid logs/nginx.pid;
error_log logs/error.log;
events {{ worker_connections {16384 if self.purpose == "idle" else 768}; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    keepalive_requests 100000000;
    keepalive_timeout {600 if self.purpose == "idle" else 5}s;
{temporary}
{self.hosts()}
}}
"""

    def hosts(self):
        if self.purpose != "realistic":
            return f"""\
    access_log off;
    server {{
        listen 127.0.0.1:{self.port} backlog=511;
        root {self.shared}/htdocs;
    }}"""
        lines = [
            "    access_log logs/access.log combined;",
            '    add_header X-Content-Type-Options "nosniff";',
            '    add_header X-Frame-Options "SAMEORIGIN";',
            '    add_header Cache-Control "max-age=3600";',
            "    map $http_user_agent $carefully {",
            "        default 0;",
        ]
        for pattern in (r"Mozilla/2", r"MSIE 4\.0b2;", r"RealPlayer 4\.0", r"Java/1\.0",
                        r"JDK/1\.0", r"^WebDrive", r"^WebDAVFS/1\.[012]", r"^gnome-vfs/1\.0",
                        r"^gvfs/1", r"^XML Spy"):
            lines.append(f'        "~{pattern}" 1;')
        lines.append("    }")
        for name in ["localhost"] + content.HOSTS:
            folder = "htdocs" if name == "localhost" else f"sites/{name}"
            first = " default_server backlog=511" if name == "localhost" else ""
            lines += [
                "    server {", f"        listen 127.0.0.1:{self.port}{first};",
                f"        server_name {name} www.{name};",
                f"        root {self.shared}/{folder};",
                "        index index.html index.htm;",
                "        if ($carefully) { set $redirect carefully; }",
                r"        location ~ /\.ht { deny all; }", "    }",
            ]
        return "\n".join(lines)


class Lighttpd(Server):
    name = "lighttpd"
    path = shutil.which("lighttpd") or (
        "/usr/sbin/lighttpd" if os.path.exists("/usr/sbin/lighttpd") else None)

    def command(self):
        configuration = self.home / "lighttpd.conf"
        configuration.write_text(self.configuration())
        return [self.path, "-D", "-f", configuration]

    def configuration(self):
        modules = {"realistic": ["mod_setenv", "mod_accesslog"], "cgi": ["mod_alias", "mod_cgi"]}
        names = ", ".join(f'"{name}"' for name in modules.get(self.purpose, []))
        lines = [
            f"server.modules = ({names})", f"server.port = {self.port}",
            'server.bind = "127.0.0.1"', f'server.document-root = "{self.shared}/htdocs"',
            f'server.errorlog = "{self.home}/logs/error.log"',
            f'server.pid-file = "{self.home}/logs/lighttpd.pid"',
            "server.max-keep-alive-requests = 60000", "server.max-connections = 16384",
            "server.max-fds = 19000",
            f"server.max-keep-alive-idle = {600 if self.purpose == 'idle' else 5}",
            'mimetype.assign = (".html" => "text/html", "" => "application/octet-stream")',
        ]
        # lighttpd restarts gracefully only as one process.
        if self.purpose != "restart":
            lines.append("server.max-worker = 2")
        if ROOT:
            lines += ['server.username = "www-data"', 'server.groupname = "www-data"']
        if self.purpose == "cgi":
            lines += [f'alias.url = ("/cgi-bin/" => "{self.shared}/cgi-bin/")',
                      'cgi.assign = (".cgi" => "")']
        if self.purpose == "realistic":
            lines += [
                f'accesslog.filename = "{self.home}/logs/access.log"',
                'setenv.add-response-header = ("X-Content-Type-Options" => "nosniff",',
                '    "X-Frame-Options" => "SAMEORIGIN", "Cache-Control" => "max-age=3600")',
            ]
            for name in content.HOSTS:
                lines += [f'$HTTP["host"] == "{name}" {{',
                          f'    server.document-root = "{self.shared}/sites/{name}"', "}"]
        return "\n".join(lines) + "\n"


ALL = [Apus, Apache, Nginx, Lighttpd]
