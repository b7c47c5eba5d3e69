#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends every request of the corpus to Apache httpd and compares what it answers with what is
expected of us.

    Tests/Corpus/compare-with-apache.py [--record] [--server /usr/sbin/apache2]
                                        [--modules /usr/lib/apache2/modules]

An expectation holds a line `apache: STATUS` where Apache answers other than we do (`apache: none`
for no status line, as in HTTP/0.9; `apache: 200` under a refused request where we are stricter).
--record rewrites these lines from what Apache does now. Exits 1 if one of them is wrong.
"""
import argparse
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent / 'requests'

CONFIGURATION = """
ServerRoot {root}
PidFile {root}/httpd.pid
ErrorLog {root}/error.log
ServerName localhost
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule dir_module {modules}/mod_dir.so
DocumentRoot {root}/htdocs
HttpProtocolOptions Strict LenientMethods Allow0.9
StartServers 1
<Directory {root}/htdocs>
    Require all granted
    FallbackResource /index.html
</Directory>
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def start(arguments, root):
    """Starts Apache in the foreground; answers the process and its port."""
    (root / 'htdocs').mkdir()
    (root / 'htdocs' / 'index.html').write_text('hello\n')
    port = free_port()
    (root / 'httpd.conf').write_text(
        CONFIGURATION.format(root=root, port=port, modules=arguments.modules))
    process = subprocess.Popen(
        [arguments.server, '-d', str(root), '-f', str(root / 'httpd.conf'), '-D', 'FOREGROUND'])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(('127.0.0.1', port), timeout=1).close()
            return process, port
        except OSError:
            time.sleep(0.05)
    process.terminate()
    sys.exit('apache did not start')


def status_of(request, port):
    """The status of the first response that is not interim, or 'none'."""
    received = b''
    with socket.create_connection(('127.0.0.1', port), timeout=10) as client:
        try:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            while block := client.recv(65536):
                received += block
        except OSError:
            pass  # Refused before all of it was sent.
    found = re.findall(rb'^HTTP/1\.[01] ([2-5]\d\d) ', received, re.MULTILINE)
    return found[0].decode() if found else 'none'


def expectation(path):
    """What we answer, what Apache is said to answer, and the lines without the latter."""
    lines = path.read_text().splitlines()
    values = dict(line.split(': ', 1) for line in lines if re.match(r'(status|apache): ', line))
    ours = values.get('status', '200')
    return ours, values.get('apache', ours), [l for l in lines if not l.startswith('apache: ')]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--record', action='store_true')
    parser.add_argument('--server', default='/usr/sbin/apache2')
    parser.add_argument('--modules', default='/usr/lib/apache2/modules')
    arguments = parser.parse_args()
    wrong, different, count = 0, [], 0
    with tempfile.TemporaryDirectory() as folder:
        process, port = start(arguments, pathlib.Path(folder))
        try:
            for request in sorted(ROOT.glob('*/*.http')):
                path = request.with_suffix('.expected')
                ours, said, lines = expectation(path)
                apache = status_of(request.read_bytes(), port)
                count += 1
                if apache != ours:
                    different.append((request.parent.name, request.stem, ours, apache))
                    lines.append(f'apache: {apache}')
                if arguments.record:
                    path.write_text('\n'.join(lines) + '\n')
                elif apache != said:
                    wrong += 1
                    print(f'{request.stem}: apache was said to answer {said}, but does {apache}')
        finally:
            process.terminate()
            process.wait()
    for kind, name, ours, apache in different:
        print(f'{kind}/{name}: we {ours}, apache {apache}')
    print(f'{count} requests, {len(different)} answered differently, {wrong} of them unexpectedly')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
