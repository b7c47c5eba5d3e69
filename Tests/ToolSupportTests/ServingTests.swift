// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ToolSupport

@Suite("The command line of apus-serve")
struct ServingOptionsTests {
    @Test("names the application in several ways")
    func applications() throws {
        func name(_ text: String) throws -> ApplicationName { try ApplicationName(text) }
        #expect(try name("site.wsgi:application").source == .module("site.wsgi"))
        #expect(try name("site.wsgi:application").callable == "application")
        #expect(try name("app").callable == nil)
        #expect(try name("app:make()").isFactory)
        #expect(try name("app:make()").callable == "make")
        #expect(try name("app:web.app").callable == "web.app")
        #expect(try name("src/main.py").source == .file("src/main.py"))
        #expect(try name("main.py:app").callable == "app")
        #expect(try name("grüße:los").source == .module("grüße"))
        for wrong in ["", ":app", "a b", "1a", "a..b", "a:", "a:b c", "a:b:c", "a-b"] {
            #expect(throws: ToolFailure.self) { try ApplicationName(wrong) }
        }
    }

    @Test("takes options before and after it, joined and not")
    func options() throws {
        let options = try ServingOptions([
            "--port", "9000", "site.wsgi", "--processes=3", "--static", "/s=a/b=c", "--reload",
            "-c", "KeepAlive Off",
        ])
        #expect(options.port == 9000)
        #expect(options.processes == 3)
        #expect(options.statics == [.init(path: "/s", folder: "a/b=c")])
        #expect(options.reloads)
        #expect(options.directives == ["KeepAlive Off"])
        #expect(try ServingOptions(["--workers", "2", "a"]).processes == 2)
        #expect(try ServingOptions(["--reload-dir", "x", "a"]).reloads)
        #expect(try ServingOptions(["--help", "--nonsense"]).showsHelp)
    }

    @Test(
        "is refused where it makes no sense",
        arguments: [
            [], ["a", "b"], ["--port", "0", "a"], ["--port", "x", "a"], ["--port"],
            ["--port=", "a"], ["--nonsense", "a"], ["--interface", "cgi", "a"],
            ["--mount", "x", "a"], ["--static", "x", "a"], ["--static", "x=y", "a"],
            ["--daemon-option", "x", "a"], ["--threads", "0", "a"], ["-x", "a"],
        ])
    func refusals(_ arguments: [String]) {
        let failure = #expect(throws: ToolFailure.self) { try ServingOptions(arguments) }
        #expect(failure?.status == 2)
    }

    @Test("has a word of help on each option")
    func help() {
        for option in ServingOptions.valued where option != "--workers" {
            #expect(ServingTool.usage.contains("  \(option) "))
        }
    }
}

@Suite("What apus-serve writes")
struct ServingConfigurationTests {
    private func text(_ arguments: [String]) throws -> String {
        var findings = ApplicationFindings(
            python: "/usr/bin/python3", "version\t3.11.2\npath\t/home/a/lib\nsource\t/srv/x.py\n")
        #expect(findings.sources == ["/srv/x.py"])
        #expect(findings.version == "3.11.2")
        findings.python = "/usr/bin/python3"
        return ServingConfiguration(
            options: try ServingOptions(arguments), root: "/tmp/r", programs: "/p",
            workingFolder: "/srv/my \"site\"", findings: findings, path: ["/srv/app"],
            isRoot: false
        ).text
    }

    @Test("is a configuration for the application and nothing else")
    func configuration() throws {
        let text = try text([
            "--port", "9000", "--host", "::1", "--processes", "2", "--access-log", "off",
            "--mount", "/app", "--daemon-option", "maximum-requests=5", "-c", "KeepAlive Off",
            "site.wsgi",
        ])
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains("Listen [::1]:9000"))
        #expect(lines.contains("WSGIScriptAlias \"/app\" \"/tmp/r/application.py\""))
        #expect(
            lines.contains(
                "WSGIDaemonProcess application processes=2 threads=5 interface=auto "
                    + "home=\"/srv/my \\\"site\\\"\" python-path=\"/srv/app:/home/a/lib\" "
                    + "maximum-requests=5"))
        #expect(lines.last == "KeepAlive Off")
        #expect(!text.contains("CustomLog") && !text.contains("User "))
        #expect(!text.contains("mod_alias"))
    }

    @Test("has Python's literals for all that stands in a variable")
    func literals() {
        #expect(ApplicationScript.literal("a\"b\\c\nd\u{1}é") == #""a\"b\\c\nd\x01é""#)
    }
}

@Suite("apus-serve")
struct ServingProgramTests {
    /// Runs it in a folder with some modules, whoever the tests are run by.
    private func serve(_ arguments: [String]) throws -> Programs.Outcome {
        let folder = try ScratchFolder()
        try folder.write("good.py", "def application(environ, start): pass\n")
        try folder.write("other.py", "def run(environ, start): pass\nnumber = 3\n")
        try folder.write("broken.py", "import good\nimport there_is_no_such_thing\n")
        try folder.write("wrong.py", "def f(:\n")
        return try Programs.run(
            Programs.path("apus-serve"), ["--python", "/usr/bin/python3"] + arguments,
            environment: ["APACHE_HTTPD": "/bin/true"], folder: folder.path)
    }

    @Test(
        "says what is wrong with the name of an application",
        arguments: [
            ("nothing", "there is no module 'nothing' in "),
            ("good.nothing", "there is no module 'good.nothing' in "),
            ("good:nothing", "there is no 'nothing' in good"),
            ("other", "other has neither 'application' nor 'app'; name it: other:NAME"),
            ("other:number", "'number' in other is not callable"),
            ("./nothing.py", "there is no file "),
        ])
    func wrongNames(_ name: String, _ words: String) throws {
        let outcome = try serve(["--print-config", name])
        #expect(outcome.status == 1)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("apus-serve: \(words)"))
    }

    @Test("shows the traceback of an application that cannot be imported")
    func tracebacks() throws {
        let missing = try serve(["--print-config", "broken"])
        #expect(missing.status == 1)
        #expect(missing.errors.contains("broken.py\", line 2"))
        #expect(
            missing.errors.contains(
                "ModuleNotFoundError: No module named 'there_is_no_such_thing'"))
        let wrong = try serve(["--print-config", "wrong.py"])
        #expect(wrong.errors.contains("SyntaxError"))
    }

    @Test("shows the configuration, and leaves nothing behind")
    func configuration() throws {
        let outcome = try serve(["--print-config", "--port", "8123", "good"])
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        #expect(outcome.output.contains("Listen 127.0.0.1:8123\n"))
        let root = outcome.output.prefix { $0 != "\n" }.dropFirst("ServerRoot \"".count).dropLast()
        #expect(root.hasPrefix("/tmp/apus-serve."))
        #expect(!Files.exists(String(root)))
    }

    @Test("explains itself")
    func help() throws {
        let outcome = try serve(["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.output == ServingTool.usage)
    }
}

@Suite("Watched sources")
struct SourceWatchTests {
    @Test("are Python's, in folders of one's own, new ones included")
    func changes() throws {
        let folder = try ScratchFolder()
        try folder.write("app.py")
        try folder.write("below/more.py")
        try folder.write("venv/pyvenv.cfg")
        try folder.write("venv/lib.py")
        try folder.write("__pycache__/app.py")
        try folder.write(".hidden/app.py")
        let watch = try SourceWatch([folder.path])
        #expect(watch.takeChanges() == [])
        for name in ["venv/lib.py", "__pycache__/app.py", ".hidden/app.py", "notes.txt"] {
            try Files.write("x", to: "\(folder.path)/\(name)")
        }
        #expect(watch.takeChanges() == [])
        try Files.write("x", to: "\(folder.path)/below/more.py")
        #expect(watch.takeChanges(within: 5000) == ["\(folder.path)/below/more.py"])
        try Files.makeDirectories("\(folder.path)/new")
        try Files.write("x", to: "\(folder.path)/new/app.py")
        #expect(watch.takeChanges(within: 5000).contains("\(folder.path)/new/app.py"))
        try Files.write("y", to: "\(folder.path)/new/app.py")
        #expect(watch.takeChanges(within: 5000) == ["\(folder.path)/new/app.py"])
    }
}
