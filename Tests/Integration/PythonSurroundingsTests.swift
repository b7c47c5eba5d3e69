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

    @Test("hold none of the server's descriptors for programs that they start")
    func descriptors() throws {
        try withObedientApplication("processes=1 threads=1") { server in
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

    @Test("stand on the status page")
    func status() throws {
        let configuration = "<Location /status>\nSetHandler server-status\n</Location>"
        try withObedientApplication("processes=2 threads=3", configuration: configuration) {
            server in
            for _ in 0..<3 { #expect(try server.get("/app/").status == 200) }
            // A worker counts a request when its answer is on its way.
            try wait(for: "three requests", within: .seconds(30)) {
                try server.get("/status?auto").text.contains("WSGI0Requests: 3\n")
            }
            let text = try server.get("/status?auto").text
            #expect(text.contains("WSGI0ProcessGroup: site\n"))
            #expect(text.contains("WSGI0Interface: wsgi\n"))
            #expect(text.contains("WSGI0Slots: 6\n"))
            #expect(try server.get("/status").text.contains("<h2>Python applications</h2>"))
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
