// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Where applications run, and what they see of it.
@Suite("The surroundings of Python workers", .enabled(if: hasPython && !underApache))
struct PythonSurroundingsTests {
    @Test("are those that the options say", .enabled(if: geteuid() == 0))
    func identity() throws {
        let options = """
            processes=1 threads=1 user=nobody group=daemon supplementary-groups=daemon,bin umask=0027 \
            home=/usr cpu-time-limit=5000 memory-limit=2000000000 virtual-memory-limit=4000000000 \
            cpu-priority=5 cpu-scheduling=other lang=de_DE.UTF-8 python-path=${ROOT}/extra
            """
        try withObedientApplication(
            options, environment: ["PYTHONHOME": "/nonexistent", "PYTHONPATH": "/nonexistent"]
        ) { server in
            let text = try server.get("/app/self").text

            for expected in [
                "'uid': 65534,", "'gid': 1,", "'groups': [1, 2]", "'umask': 23,", "'cwd': '/usr'",
                "'cpu': 5000,", "'data': 2000000000", "'space': 4000000000", "'nice': 5,",
                "'policy': 0,",
                "'lang': 'de_DE.UTF-8'", "/extra", "'isolated': False",
            ] {
                #expect(text.contains(expected), "\(text)")
            }
        }
    }

    @Test("are another root directory with chroot", .enabled(if: geteuid() == 0))
    func chroot() throws {
        // The root itself: what is tested is that the calls come in the right order.
        let options = "processes=1 threads=1 user=nobody chroot=/ cpu-scheduling=batch"
        try withObedientApplication(options) { server in
            let text = try server.get("/app/self").text
            #expect(text.contains("'cwd': '/"))
            // SCHED_BATCH, as the option says.
            #expect(text.contains("'policy': 3"))
        }
    }

    @Test(
        "are a folder with what Python needs, with chroot and without /proc",
        .enabled(if: geteuid() == 0), arguments: PythonInterface.allCases)
    func ownRoot(interface: PythonInterface) throws {
        let options = "processes=2 threads=1 user=www-data chroot=${ROOT}/jail"
        for preload in ["", " preload=On"] {
            let root = try ServerRoot(
                """
                WSGIDaemonProcess site \(options)\(preload)
                WSGIScriptAlias /app ${ROOT}/site/app.wsgi process-group=site \
                    application-group=%{GLOBAL}
                LogLevel info
                WSGIPython /usr/bin/python3
                """, modules: ["wsgi"],
                files: ["/site/app.wsgi": interface == .wsgi ? rootTeller : awaitingRootTeller])
            // What cannot be copied cannot be tested.
            let made = try run("/bin/sh", ["-c", jail, "sh", root.path], within: .seconds(120))
            guard made.status == 0 else { try Test.cancel("no other root: \(made.errors)") }
            try withServer(root) { server in
                let text = try server.get("/app/").text
                #expect(text == "bin etc lib lib64 tmp usr at / as 33")
                #expect(try server.reload("-q", "site").status == 0)
                #expect(try server.get("/app/").status == 200)
            }
        }
    }

    @Test(
        "hold none of the server's descriptors for programs that they start",
        arguments: ["Off", "On"])
    func descriptors(preload: String) throws {
        try withObedientApplication("processes=2 threads=1 preload=\(preload)") { server in
            let text = try server.get("/app/descriptors").text
            // 3 is the folder that is being listed.
            #expect(text == "[0, 1, 2, 3]\n")
        }
    }

    @Test("have their words in the error log, with process and request")
    func output() throws {
        try withObedientApplication("processes=1 threads=1") { server in
            let worker = try server.worker()
            #expect(try server.get("/app/print").status == 200)

            for text in ["on standard output", "on standard error"] {
                let line = try server.waitForErrorLog(text)[0]
                #expect(line.contains("mod_wsgi (pid=\(worker), process='site', request="))
            }
            let line = try server.waitForErrorLog("on wsgi.errors")[0]
            #expect(line.contains("client 127.0.0.1"))
            #expect(line.contains("mod_wsgi (pid=\(worker), process='site', request="))
            for text in ["WARNING:root:logged", "in two lines"] {
                let line = try server.waitForErrorLog(text)[0]
                #expect(line.contains("mod_wsgi (pid=\(worker), process='site', request="))
            }
        }
    }

    @Test("have their words, and what is said of them, in the error log of their site")
    func siteLog() throws {
        let configuration = """
            LogLevel info
            <VirtualHost *>
                ServerName other.example
            </VirtualHost>
            <VirtualHost *>
                ServerName site.example
                ErrorLog logs/site_log
                WSGIDaemonProcess site processes=1 threads=1
                WSGIScriptAlias /app ${ROOT}/site/app.wsgi process-group=site \
                    application-group=%{GLOBAL}
            </VirtualHost>
            """
        let files = ["/site/app.wsgi": obedientApplication]
        try withServer(configuration, modules: ["wsgi"], files: files) { server in
            for (path, status) in [("print", 200), ("exit", 500), ("end", 502)] {
                #expect(try server.get("/app/\(path)", host: "site.example").status == status)
            }
            let said = [
                "is ready.", "on standard output", "on standard error", "on wsgi.errors",
                "WARNING:root:logged", "in two lines", "SystemExit exception raised",
                "sys.exit(3)", "ended: exit status 3", "that answered the request ended",
            ]
            var log = ""
            try wait(for: "\(said.filter { !log.contains($0) }) in the site's log") {
                log = server.root.folder.read("logs/site_log")
                return said.allSatisfy(log.contains)
            }
            for text in said { #expect(!server.errorLog.contains(text)) }
        }
    }

    @Test("have lines of several threads in the error log as lines, each with its request")
    func wholeLines() throws {
        let script = """
            import sys, time

            def application(environ, start_response):
                number = environ["QUERY_STRING"]
                for line in range(50):
                    stream = sys.stderr if line % 2 else sys.stdout
                    for word in ("begin", number, "x" * 300, str(line)):
                        stream.write(word + " ")
                        # Another thread's turn.
                        time.sleep(0)
                    stream.write("end %s\\n" % number)
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [environ["mod_wsgi.request_id"].encode()]

            """
        try withObedientApplication("processes=2 threads=4", script: script) { server in
            let clients = try (0..<8).map { try server.begin("/app/?<\($0)>") }
            let names = try clients.map { try $0.response(within: .seconds(60)).text }
            #expect(Set(names).count == 8)
            try server.waitForErrorLog(" end <", count: 400)
            let log = server.errorLog.split(separator: "\n")
            let word = String(repeating: "x", count: 300)
            for (number, name) in names.enumerated() {
                let lines = (0..<50).map { line in
                    "process='site', request=\(name)): begin <\(number)> \(word) \(line) end <\(number)>"
                }
                let broken = lines.filter { line in log.count { $0.hasSuffix(line) } != 1 }
                #expect(broken == [])
            }
        }
    }

    @Test("bound the data of a process with memory-limit, which it survives")
    func memoryLimit() throws {
        try withObedientApplication("processes=1 threads=1 memory-limit=300000000") { server in
            let worker = try server.worker()
            #expect(try server.get("/app/fill").status == 500)
            try server.waitForErrorLog("MemoryError")
            #expect(try server.worker() == worker)
        }
    }

    @Test(
        "are not given a script of somebody else's",
        .enabled(if: geteuid() == 0),
        arguments: [
            Case("script-user=root", ""), Case("script-group=root", ""),
            Case(
                "script-user=daemon",
                "Owner of WSGI script file does not match required user for daemon process"),
            Case(
                "script-group=daemon",
                "Group of WSGI script file does not match required group for daemon process"),
        ])
    func owner(how: Case) throws {
        try withObedientApplication("processes=1 threads=1 \(how.given)") { server in
            let status = try server.get("/app/").status
            #expect(status == (how.expected.isEmpty ? 200 : 403))
            if !how.expected.isEmpty { try server.waitForErrorLog(how.expected) }
        }
    }

    @Test("can be two interpreters at once")
    func interpreters() throws {
        let root = try ServerRoot(
            """
            WSGIDaemonProcess one processes=1 threads=1
            WSGIDaemonProcess two processes=1 threads=1 python-home=${ROOT}/venv
            WSGIScriptAlias /one ${ROOT}/site/app.wsgi process-group=one application-group=%{GLOBAL}
            WSGIScriptAlias /two ${ROOT}/site/app.wsgi process-group=two application-group=%{GLOBAL}
            """, modules: ["wsgi"], files: ["/site/app.wsgi": obedientApplication])
        let made = try run(
            "/usr/bin/python3", ["-m", "venv", "--without-pip", "\(root.path)/venv"])
        guard made.status == 0 else { try Test.cancel("no venv: \(made.errors)") }
        try withServer(root) { server in
            let one = try server.get("/one/self").text
            let two = try server.get("/two/self").text
            #expect(one.contains("'python': '/usr'"))
            #expect(two.contains("'python': '\(root.path)/venv'"))
        }
    }

    @Test("are changed for some groups by <WSGIInterpreterOptions>")
    func interpreterOptions() throws {
        let application = """
            import sys, offered

            def application(environ, start_response):
                start_response('200 OK', [('Content-Type', 'text/plain')])
                return [('%s %s' % (offered.name, sys.getswitchinterval())).encode()]

            """
        let configuration = """
            WSGIPythonPath ${ROOT}/common
            <WSGIInterpreterOptions application-group=two process-group=%{GLOBAL}>
                WSGISwitchInterval 0.25
                WSGIPythonPath ${ROOT}/special
            </WSGIInterpreterOptions>
            <WSGIInterpreterOptions>
                WSGISwitchInterval 0.5
            </WSGIInterpreterOptions>
            WSGIScriptAlias /one ${ROOT}/app.wsgi application-group=one process-group=%{GLOBAL}
            WSGIScriptAlias /two ${ROOT}/app.wsgi application-group=two process-group=%{GLOBAL}
            """
        let files = [
            "/app.wsgi": application, "/common/offered.py": "name = 'common'\n",
            "/special/offered.py": "name = 'special'\n",
        ]
        try withServer(configuration, files: files) { server in
            let one = try server.get("/one").text
            let two = try server.get("/two").text
            #expect(one == "common 0.5")
            #expect(two == "special 0.25")
        }
    }

    @Test("take only some directives in <WSGIInterpreterOptions>")
    func interpreterOptionsRefused() throws {
        let section = "<WSGIInterpreterOptions>\nWSGIPythonHome /usr\n</WSGIInterpreterOptions>"
        let result = try runServer(on: ServerRoot(section, modules: ["wsgi"]))
        #expect(result.status == 1)
        #expect(
            result.messages.contains(
                "WSGIPythonHome not allowed in <WSGIInterpreterOptions> section"))
    }

    @Test("that are missing or broken are told by httpd -t")
    func missingInterpreter() throws {
        let root = try ServerRoot(
            "WSGIDaemonProcess site python-home=/nonexistent", modules: ["wsgi"])
        let result = try run(
            ServerProgram.underTest.path, ["-t", "-f", root.configurationFile])

        #expect(result.status == 1)
        #expect(result.errors.contains("test.conf:"))
        #expect(result.errors.contains("The Python interpreter /nonexistent cannot be used"))
        #expect(result.errors.contains("there is no bin/python3 in it"))
    }

    @Test("stand on the status page", arguments: PythonInterface.allCases)
    func status(interface: PythonInterface) throws {
        let options = "processes=2 threads=3 concurrency=3"
        try withApplication(of: interface, options, configuration: statusPage) { server in
            for _ in 0..<3 { #expect(try server.get("/app/").status == 200) }
            // A worker counts a request when its answer is on its way.
            try wait(for: "three requests", within: .seconds(30)) {
                try server.figure("Requests") == "3"
            }
            try wait(for: "two workers that are ready", within: .seconds(30)) {
                try server.figure("ReadyProcesses") == "2"
            }
            let held = try server.begin("/app/hold/go")
            try server.waitForBusy(1)
            // It is looked at every ten seconds.
            try wait(for: "the memory", within: .seconds(45)) {
                let told = (Int(try server.figure("MemoryKB") ?? "") ?? 0) << 10
                let real = server.workers.reduce(0) { $0 + ProcessTable.memory(of: $1) }
                return told > real * 3 / 4 && told < real * 3 / 2
            }
            let lines = try server.get("/status?auto").text.split(separator: "\n")
            let known = Dictionary(
                uniqueKeysWithValues: lines.filter { $0.hasPrefix("WSGI0") }.map { line in
                    let parts = line.dropFirst(5).split(
                        separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
                    return (String(parts[0]), String(parts[1]))
                })
            let expected = [
                "ProcessGroup": "site", "ApplicationGroup": "", "Interface": "\(interface)",
                "Processes": "2", "ReadyProcesses": "2", "BusySlots": "1", "Slots": "6",
                "Queued": "0", "Requests": "3", "Reloads": "0", "FailedReloads": "0",
            ]
            #expect(known.filter { $0.key != "MemoryKB" } == expected)
            let page = try server.get("/status").text
            #expect(page.contains("<h2>Python applications</h2>"))
            let row = "<td>site</td><td></td><td>\(interface)</td><td>2 of 2 ready</td>"
            #expect(page.contains("<tr>\(row)<td>1 of 6</td><td>0</td><td>3</td>"), "\(page)")
            try server.write("/site/go", "")
            #expect(try held.response(within: .seconds(60)).status == 200)
            try server.waitForBusy(0)
        }
    }

    @Test("are started by the first request where only that names them")
    func lazily() throws {
        try withObedientApplication(
            "processes=1 threads=1",
            configuration: """
                SetEnvIf Request_URI ^/late late=second
                WSGIScriptAlias /late ${ROOT}/site/app.wsgi
                <Location /late>
                WSGIProcessGroup site
                WSGIApplicationGroup %{ENV:late}
                </Location>
                """
        ) { server in
            let first = try server.worker()
            let late = try server.worker("/late/")
            #expect(late != first)
            #expect(try server.worker("/late/") == late)

            // It goes on through restarts and reloads, as those do that the configuration names.
            try server.restart(graceful: true)
            for _ in 0..<10 { #expect(try server.get("/late/").status == 200) }
            try wait(for: "another worker", within: .seconds(60)) {
                try server.worker("/late/") != late
            }
            let next = try server.worker("/late/")
            let reloaded = try server.reload("site")
            #expect(reloaded.status == 0)
            #expect(reloaded.output.contains("application-group=second"), "\(reloaded.output)")
            #expect(try server.worker("/late/") != next)
        }
    }
}

/// What the application sees of the file system.
private let rootTeller = """
    import os

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        names = " ".join(sorted(os.listdir("/")))
        return [("%s at %s as %d" % (names, os.getcwd(), os.getuid())).encode()]

    """

private let awaitingRootTeller = """
    import os

    async def application(scope, receive, send):
        if scope["type"] != "http":
            return
        names = " ".join(sorted(os.listdir("/")))
        body = ("%s at %s as %d" % (names, os.getcwd(), os.getuid())).encode()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": body})

    """

/// Makes `jail` below a folder: the interpreter, its library and what both are linked with, and the
/// script, at the same path.
private let jail = """
    set -e
    jail=$1/jail
    mkdir -p "$jail/usr/bin" "$jail/usr/lib" "$jail/usr/lib64" "$jail/etc" "$jail/tmp"
    chmod 1777 "$jail/tmp"
    ln -s usr/bin usr/lib usr/lib64 "$jail/"
    program=$(readlink -f /usr/bin/python3)
    library=$("$program" -I -c 'import os; print(os.path.dirname(os.__file__))')
    cp "$program" "$jail$program"
    ln -s "$program" "$jail/usr/bin/python3"
    cp -R "$library" "$jail$library"
    ldd "$program" "$library"/lib-dynload/*.so | grep -o '/[^ :]*' | sort -u | while read -r file; do
        [ -e "$jail$file" ] || { mkdir -p "$jail${file%/*}"; cp -L "$file" "$jail$file"; }
    done
    mkdir -p "$jail$1/site"
    cp "$1/site/app.wsgi" "$jail$1/site/"
    chroot "$jail" /usr/bin/python3 -I -c 'import tempfile, asyncio'
    """
