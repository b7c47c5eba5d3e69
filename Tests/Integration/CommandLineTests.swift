// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Compatibility lines 19, 20 and 46; what is written to which stream, and the exit status.
@Suite("Command line")
struct CommandLineTests {
    @Test("-v tells the release")
    func release() throws {
        let result = try runServer(["-v"])
        let lines = result.output.split(separator: "\n")
        #expect(result.status == 0)
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("Server version: ") == true)
        #expect(lines.first?.contains("Apache/2.4.71") == true)
        #expect(lines.last?.hasPrefix("Server built:   ") == true)
        #expect(result.errors == "")
    }

    @Test("-V tells what was built in, in lines that scripts look for", arguments: MPM.allCases)
    func settings(mpm: MPM) throws {
        let result = try runServer(["-V"], on: ServerRoot(mpm: mpm))
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(result.status == 0)
        #expect(lines.contains { $0.hasPrefix("Server's Module Magic Number: 20120211:") })
        #expect(lines.contains { $0.hasPrefix("Server loaded:  APR ") })
        #expect(lines.contains { $0.hasPrefix("Compiled using: APR ") })
        #expect(lines.contains("Architecture:   64-bit"))
        #expect(lines.contains("Server MPM:     \(mpm)"))
        #expect(lines.contains("Server compiled with...."))
        #expect(lines.contains { $0.hasPrefix(" -D HTTPD_ROOT=") })
        #expect(lines.contains { $0.hasPrefix(" -D SERVER_CONFIG_FILE=") })
    }

    @Test("-e debug tells of the modules that are loaded")
    func loading() throws {
        let root = try ServerRoot()
        let result = try runServer(["-t", "-e", "debug"], on: root)
        #expect(result.status == 0)
        #expect(result.errors.contains("[so:debug]"))
        #expect(result.errors.contains("AH01575: loaded module mpm_event_module from /"))
        let quiet = try runServer(["-t", "-e", "info"], on: root)
        #expect(!quiet.errors.contains("AH01575"))
    }

    @Test("-l lists the modules built in")
    func builtIn() throws {
        let result = try runServer(["-l"])
        let lines = result.output.split(separator: "\n")
        #expect(result.status == 0)
        #expect(lines.first == "Compiled in modules:")
        #expect(lines.dropFirst().contains("  core.c"))
        #expect(lines.dropFirst().contains("  mod_so.c"))
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("  ") && $0.hasSuffix(".c") })
    }

    @Test("-L lists the directives with what they do and where they may stand")
    func directives() throws {
        let result = try runServer(["-L"], on: ServerRoot())
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(result.status == 0)
        #expect(lines.contains("<Directory (core.c)"))
        #expect(lines.contains("DocumentRoot (core.c)"))
        #expect(lines.contains("MaxMemFree (core.c)"))
        for name in ["Listen", "StartServers", "MaxRequestWorkers", "GracefulShutdownTimeout"] {
            #expect(lines.contains("\(name) (event.c)"))
        }
        let documentRoot = lines.drop { $0 != "DocumentRoot (core.c)" }.prefix(3)
        #expect(documentRoot.dropFirst().first?.hasPrefix("\t") == true)
        #expect(
            documentRoot.last
                == "\tAllowed in *.conf only outside <Directory>, <Files>, <Location>, or <If>")
    }

    @Test(
        "-M and -D DUMP_MODULES list the loaded modules",
        arguments: [["-M"], ["-t", "-D", "DUMP_MODULES"]])
    func modules(arguments: [String]) throws {
        let result = try runServer(arguments, on: ServerRoot(modules: ["dir"]))
        let lines = result.output.split(separator: "\n")
        #expect(result.status == 0)
        #expect(lines.first == "Loaded Modules:")
        #expect(lines.contains(" core_module (static)"))
        #expect(lines.contains(" dir_module (shared)"))
        #expect(lines.contains(" mpm_event_module (shared)"))
        #expect(!result.output.contains("Syntax OK"))
    }

    @Test("-S lays out the virtual hosts and the run settings")
    func virtualHosts() throws {
        let root = try ServerRoot(
            """
            <VirtualHost *:${PORT}>
                ServerName a.example
                ServerAlias b.example *.c.example
            </VirtualHost>
            <VirtualHost *:${PORT}>
                ServerName d.example
            </VirtualHost>
            <VirtualHost 127.0.0.1:${PORT2}>
                ServerName e.example
                ServerAlias f.example
            </VirtualHost>
            Define COLOUR red
            Define EMPTY
            """)
        let result = try runServer(["-S"], on: root)
        let lines = result.output.split(separator: "\n").map(String.init)
        let file = root.testConfigurationFile
        #expect(result.status == 0)
        #expect(
            Array(lines.prefix(11)) == [
                "VirtualHost configuration:",
                "127.0.0.1:\(root.secondPort)        e.example (\(file):8)",
                "*:\(root.port)                is a NameVirtualHost",
                "         default server a.example (\(file):1)",
                "         port \(root.port) namevhost a.example (\(file):1)",
                "                 alias b.example",
                "                 wild alias *.c.example",
                "         port \(root.port) namevhost d.example (\(file):5)",
                "ServerRoot: \"\(root.path)\"",
                "Main DocumentRoot: \"\(root.path)/htdocs\"",
                "Main ErrorLog: \"\(root.path)/logs/error_log\"",
            ])
        #expect(lines.contains("PidFile: \"\(root.path)/logs/httpd.pid\""))
        #expect(
            lines.contains { $0.hasPrefix("Mutex default: dir=\"\(root.path)/logs/\" mechanism=") })
        #expect(lines.contains("Define: DUMP_VHOSTS"))
        #expect(lines.contains("Define: DUMP_RUN_CFG"))
        #expect(lines.contains("Define: COLOUR=red"))
        #expect(lines.contains("Define: EMPTY"))
    }

    @Test("-D DUMP_VHOSTS shows a lone default host without the run settings")
    func defaultHost() throws {
        let root = try ServerRoot(
            "<VirtualHost _default_:${PORT}>\nServerName a.example\n</VirtualHost>")
        let result = try runServer(["-t", "-D", "DUMP_VHOSTS"], on: root)
        #expect(
            result.output == """
                VirtualHost configuration:
                *:\(root.port)                a.example (\(root.testConfigurationFile):1)

                """)
    }

    @Test("-D DUMP_INCLUDES shows which file includes which, and on which line")
    func includes() throws {
        let root = try ServerRoot(
            "\nInclude conf/inner.conf", files: ["/conf/inner.conf": "# nothing"])
        let result = try runServer(["-t", "-D", "DUMP_INCLUDES"], on: root)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "Included configuration files:")
        #expect(lines.dropFirst().first == "  (*) \(root.configurationFile)")
        #expect(lines.last == "      (2) \(root.path)/conf/inner.conf")

        try root.folder.write("conf/inner.conf", "Bogus")
        let broken = try runServer(["-t", "-D", "DUMP_INCLUDES"], on: root)
        #expect(broken.status == 1)
        #expect(broken.output == result.output)
    }

    @Test("-t says Syntax OK on stderr")
    func syntax() throws {
        let result = try runServer(["-t"], on: ServerRoot())
        #expect(result.status == 0)
        #expect(result.output == "")
        #expect(result.errors == "Syntax OK\n")
    }

    @Test("-t does not open ports")
    func opensNothing() throws {
        try withServer { server in
            let root = try ServerRoot("Listen 127.0.0.1:\(server.port)")
            let result = try runServer(["-t"], on: root)
            #expect(result.status == 0)
            #expect(result.messages == ["Syntax OK"])
        }
    }

    @Test("-T leaves the document roots unchecked")
    func documentRoots() throws {
        let root = try ServerRoot("DocumentRoot /nonexistent")
        let checked = try runServer(["-t"], on: root)
        #expect(checked.status == 1)
        #expect(
            checked.messages.last
                == "DocumentRoot '/nonexistent' is not a directory, or is not readable")
        #expect(try runServer(["-t", "-T"], on: root).status == 0)
    }

    @Test("an option that does not exist is refused with the usage", arguments: ["-Z", "-k bogus"])
    func unknown(option: String) throws {
        let result = try runServer(option.split(separator: " ").map(String.init))
        let lines = result.errors.split(separator: "\n").map(String.init)
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(lines.first == "httpd: illegal option -- \(option.dropFirst().prefix(1))")
        #expect(lines.dropFirst().first?.hasPrefix("Usage: ") == true)
    }

    @Test("-h shows the usage on stderr, and is a failure")
    func usage() throws {
        let result = try runServer(["-h"])
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("Usage: \(ServerProgram.underTest.path) [-D name]"))
        for option in [
            "-D name", "-d directory", "-f file", "-C \"directive\"", "-e level", "-E file", "-t",
            "-T", "-X",
        ] {
            #expect(result.errors.contains("\n  \(option) "))
        }
    }

    @Test("-C acts before the files and -c after them")
    func directivesOnCommandLine() throws {
        let root = try ServerRoot(
            "<IfDefine EARLY>\nError \"early was seen\"\n</IfDefine>\n<IfDefine LATE>\nError \"late was seen\"\n</IfDefine>"
        )
        let early = try runServer(["-C", "Define EARLY", "-t"], on: root)
        let late = try runServer(["-c", "Define LATE", "-t"], on: root)
        #expect(early.messages.last == "early was seen")
        #expect(late.messages == ["Syntax OK"])
    }

    @Test("a mistake in -C or -c is told with its place", arguments: ["-C", "-c"])
    func mistakeOnCommandLine(option: String) throws {
        let result = try runServer([option, "KeepAlive maybe", "-t"], on: ServerRoot())
        #expect(result.status == 1)
        #expect(
            result.messages == [
                "AH00526: Syntax error on line 1 of -c/-C directives:",
                "KeepAlive must be On or Off",
            ])
    }

    @Test("-D defines a name for IfDefine")
    func define() throws {
        let root = try ServerRoot("<IfDefine Given>\nError \"it is\"\n</IfDefine>")
        #expect(try runServer(["-D", "Given", "-t"], on: root).messages.last == "it is")
        #expect(try runServer(["-DGiven", "-t"], on: root).messages.last == "it is")
        #expect(try runServer(["-D", "given", "-t"], on: root).messages == ["Syntax OK"])
    }

    @Test("-d sets the ServerRoot that -f is relative to")
    func serverRoot() throws {
        let root = try ServerRoot()
        let result = try runServer(["-d", root.path, "-f", "conf/httpd.conf", "-t"])
        #expect(result.messages == ["Syntax OK"])
    }

    @Test("-E sends the messages of the start to a file")
    func startupLog() throws {
        let root = try ServerRoot("KeepAlive maybe")
        let result = try runServer(["-E", "\(root.path)/logs/startup", "-t"], on: root)
        #expect(result.status == 1)
        #expect(result.errors == "")
        #expect(root.folder.read("logs/startup").contains("KeepAlive must be On or Off\n"))
    }

    @Test("a configuration file that is not there is a failure")
    func missingFile() throws {
        let result = try runServer(["-f", "/nonexistent/httpd.conf", "-t"])
        #expect(result.status == 1)
        #expect(
            result.messages == [
                "httpd: Could not open configuration file /nonexistent/httpd.conf: No such file or directory"
            ])
    }

    @Test("-k acts on the server of the pid file", arguments: ["restart", "graceful"])
    func control(action: String) throws {
        try withServer { server in
            try server.waitForErrorLog("resuming normal operations")
            let result = try runServer(["-k", action], on: server.root)
            #expect(result.status == 0)
            try server.waitForErrorLog("resuming normal operations", count: 2)
            #expect(try server.get("/nothing").status == 404)
        }
    }

    @Test("-k stop and graceful-stop end the server", arguments: ["stop", "graceful-stop"])
    func stop(action: String) throws {
        try withServer { server in
            try server.waitForErrorLog("resuming normal operations")
            #expect(try runServer(["-k", action], on: server.root).status == 0)
            #expect(try server.waitForExit().exitStatus == 0)
            try wait(for: "end of the pid file") { !server.root.folder.exists("logs/httpd.pid") }
        }
    }

    @Test("-k stop says so when no server runs")
    func nothingToStop() throws {
        let result = try runServer(["-k", "stop"], on: ServerRoot())
        #expect(result.status == 0)
        #expect(result.output == "httpd (no pid file) not running\n")
    }

    @Test("-t tells which limits are corrected")
    func correctedLimits() throws {
        let result = try runServer(
            ["-t"], on: ServerRoot("ThreadsPerChild 25\nMaxRequestWorkers 26"))
        #expect(result.status == 0)
        #expect(
            result.messages == [
                "AH00513: WARNING: MaxRequestWorkers of 26 is not an integer multiple of "
                    + "ThreadsPerChild of 25, decreasing to nearest multiple 25, for a maximum of "
                    + "1 servers.", "Syntax OK",
            ])
    }

    @Test("an access log that cannot be opened ends the start with its reason")
    func unwritableAccessLog() throws {
        let root = try ServerRoot("CustomLog logs \"%h\"")
        let result = try runServer(["-DFOREGROUND"], on: root)
        #expect(result.status == 1)
        let text =
            "(21)Is a directory: AH00649: could not open transfer log file \(root.path)/logs."
        let line = "[log_config:error]"
        let log = root.folder.read("logs/error_log").split(separator: "\n")
        #expect(log.contains { $0.contains(line) && $0.hasSuffix(text) })
    }

    @Test("a port in use ends the start with its reason")
    func busyPort() throws {
        try withServer { server in
            let root = try ServerRoot("Listen 127.0.0.1:\(server.port)")
            let result = try runServer(["-DFOREGROUND"], on: root)
            #expect(result.status == 1)
            #expect(
                result.errors.contains(
                    "AH00072: make_sock: could not bind to address 127.0.0.1:\(server.port)"))
            #expect(
                result.messages.suffix(2) == [
                    "no listening sockets available, shutting down", "AH00015: Unable to open logs",
                ])
            #expect(result.messages.count == 3)
        }
    }
}
