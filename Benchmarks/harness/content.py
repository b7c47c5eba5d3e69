# SPDX-License-Identifier: Apache-2.0
"""What the servers serve: the same files for all of them."""

import random
import shutil

HOSTS = [f"site{number:02}.example" for number in range(1, 21)]


def make(root, hello):
    """Fills `root`: files of three sizes, 20 sites, a CGI program."""
    htdocs = root / "htdocs"
    htdocs.mkdir()
    noise = random.Random(1)
    for name, size in (("1k.html", 1 << 10), ("100k.bin", 100 << 10), ("10m.bin", 10 << 20)):
        (htdocs / name).write_bytes(noise.randbytes(size))
    for host in HOSTS:
        site = root / "sites" / host
        site.mkdir(parents=True)
        (site / "page.html").write_bytes(noise.randbytes(1 << 10))
    programs = root / "cgi-bin"
    programs.mkdir()
    shutil.copy(hello, programs / "hello.cgi")
    (programs / "hello.cgi").chmod(0o755)
    hosts = ", ".join(f'"{host}"' for host in HOSTS)
    (root / "hosts.lua").write_text(f"""\
local requests = {{}}
function init()
    for number, host in ipairs({{{hosts}}}) do
        requests[number] = wrk.format("GET", "/page.html", {{
            Host = host,
            ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128",
            Accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            ["Accept-Language"] = "en-US,en;q=0.5",
            Referer = "https://www.example.com/a/page/that/links/here",
        }})
    end
end
local turn = 0
function request()
    turn = turn % #requests + 1
    return requests[turn]
end
""")
