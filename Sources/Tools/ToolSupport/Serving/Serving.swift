// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// One call of apus-serve, from the private configuration to the server's end.
struct Serving {
    private var options: ServingOptions
    private let invocation: Invocation
    private let application: ApplicationName
    private let workingFolder: String
    private var console: Console { invocation.console }

    init(_ options: ServingOptions, _ invocation: Invocation) throws(ToolFailure) {
        self.options = options
        self.invocation = invocation
        application = options.application!
        if let folder = options.folder {
            guard unsafe chdir(folder) == 0 else {
                throw ToolFailure("--chdir \(folder): \(SystemError())")
            }
        }
        workingFolder = currentDirectory()
        if geteuid() != 0, options.user ?? options.group != nil {
            throw ToolFailure("only root can run the application as somebody else")
        }
        if geteuid() == 0, options.user == nil {
            self.options.user = try Self.userForRoot(invocation.environment, workingFolder)
        }
        if let user = self.options.user, unsafe getpwnam(user) == nil {
            throw ToolFailure("there is no user '\(user)'")
        }
        for folder in options.statics.map(\.folder) where !Files.isDirectory(folder) {
            throw ToolFailure("--static: there is no folder \(folder)")
        }
    }

    /// Who runs the application when root calls: whoever called `sudo`, or the owner of the working
    /// folder, or the user that servers have.
    private static func userForRoot(
        _ environment: Environment, _ folder: String
    ) throws(ToolFailure) -> String {
        if let caller = environment["SUDO_USER"], caller != "root" { return caller }
        if let owner = Files.status(folder)?.st_uid, owner != 0,
            let account = unsafe getpwuid(owner)
        {
            return unsafe String(cString: account.pointee.pw_name)
        }
        for name in ["www-data", "nobody"] where unsafe getpwnam(name) != nil { return name }
        throw ToolFailure("name whom the application shall run as with --user")
    }

    func run() throws(ToolFailure) -> Int32 {
        let server = try self.server()
        let python = try self.python()
        let root = try privateFolder()
        defer { Files.removeFolder(root) }
        appendToStreams()
        // From here on a Ctrl-C is waited for, so that the folder is removed.
        let signals = SignalWait([SIGINT, SIGTERM, SIGHUP, SIGCHLD])
        if !options.printsConfiguration { try checkPort() }
        guard let findings = try findApplication(python, root, signals) else { return 1 }
        let configuration = ServingConfiguration(
            options: options, root: root, programs: directoryPart(server),
            workingFolder: workingFolder, findings: findings, path: modulePath)
        if options.printsConfiguration {
            console.say(configuration.text)
            return 0
        }
        try write(configuration)
        if let user = options.user {
            console.complain("apus-serve: the application runs as \(user) (--user)\n")
        }
        let session = ServingSession(
            Subprocess(
                deathRope + [server, "-d", root, "-f", "\(root)/httpd.conf", "-DFOREGROUND"],
                environment: invocation.environment),
            options, application, findings, root: root, signals, console)
        return try session.run(watching: options.reloads ? watchedFolders(findings) : [])
    }

    /// What has the server stop when this process is killed.
    private var deathRope: [String] {
        program(named: "setpriv", invocation.environment).map { [$0, "--pdeathsig", "TERM"] } ?? []
    }

    /// The server appends to the same files, each of whose writers would else begin anew.
    private func appendToStreams() {
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            let flags = fcntl(descriptor, F_GETFL)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFL, flags | O_APPEND) }
        }
    }

    // MARK: What is needed

    private func server() throws(ToolFailure) -> String {
        let folder = invocation.programDirectory ?? "."
        let program = invocation.environment["APACHE_HTTPD"] ?? "\(folder)/httpd"
        guard Files.isExecutable(program) else {
            throw ToolFailure("there is no server \(program); name it in APACHE_HTTPD", 127)
        }
        return program
    }

    /// The interpreter, as it will be found for the server.
    private func python() throws(ToolFailure) -> String {
        let home =
            options.python == nil
            ? options.pythonHome ?? invocation.environment["VIRTUAL_ENV"] : nil
        if let home {
            let candidates = ["python3", "python"].map { "\(absolute(home))/bin/\($0)" }
            guard let found = candidates.first(where: Files.isExecutable) else {
                throw ToolFailure("there is no bin/python3 in \(home)")
            }
            return found
        }
        let name = options.python ?? "python3"
        let found = programs(named: name, invocation.environment)
        guard let first = found.first else {
            throw ToolFailure("there is no \(name); name an interpreter with --python")
        }
        guard found.count > 1 || options.python == nil, let user = options.user else {
            return absolute(first)
        }
        guard let usable = found.first(where: isUsable) else {
            throw ToolFailure(
                "\(user) cannot run \(first); name an interpreter with --python, or who runs the "
                    + "application with --user")
        }
        if usable != first {
            console.complain("apus-serve: \(usable), for \(user) cannot run \(first)\n")
        }
        return absolute(usable)
    }

    /// Whether the application's user can start it; what root has in its `PATH` may be in its home.
    private func isUsable(_ python: String) -> Bool {
        let command = Subprocess(
            identity + [absolute(python), "-I", "-c", ""], environment: invocation.environment)
        return (try? command.run(output: .discarded, errors: .discarded).status) == 0
    }

    private func privateFolder() throws(ToolFailure) -> String {
        var temporary = invocation.environment["TMPDIR"] ?? "/tmp"
        // The path of a socket in it has to be short.
        if temporary.utf8.count > 60 { temporary = "/tmp" }
        do {
            let root = try Files.makePrivateFolder("\(temporary)/apus-serve.")
            for name in ["logs", "htdocs"] { try Files.makeDirectories("\(root)/\(name)") }
            // The server's own user has to see, though not to read, what is in it.
            if geteuid() == 0 { _ = unsafe chmod(root, 0o711) }
            return root
        } catch {
            throw ToolFailure("cannot make a folder in \(temporary): \(error)")
        }
    }

    /// Says so before anything else is done; the server would say it in more words.
    private func checkPort() throws(ToolFailure) {
        guard let problem = Port.problem(host: options.host, port: options.port) else { return }
        if problem.code == EADDRINUSE {
            throw ToolFailure(
                "port \(options.port) is in use by another program; --port N chooses another one")
        }
        throw ToolFailure("cannot listen on \(options.host) port \(options.port): \(problem)")
    }

    // MARK: The application

    /// Where modules are looked for: what the command line names, the folder of a file, the working
    /// folder, and what the environment says to a shell's Python.
    private var modulePath: [String] {
        var places = options.pythonPath.map(absolute)
        if case .file(let file) = application.source {
            places.append(directoryPart(absolute(file)))
        }
        places.append(workingFolder)
        let inherited = invocation.environment["PYTHONPATH"] ?? ""
        places += inherited.split(separator: ":").map { absolute(String($0)) }
        var seen: Set<String> = []
        return places.filter { seen.insert($0).inserted }
    }

    private var script: ApplicationScript {
        var environment = invocation.environment
        for name in ["PYTHONPATH", "PYTHONHOME", "_"] { environment.remove(name) }
        return ApplicationScript(name: application, path: modulePath, environment: environment)
    }

    /// Imports the application once, in a process of its own, for a fault to be told at once.
    ///
    /// - Returns: nil where it cannot be imported; the traceback has been shown.
    private func findApplication(
        _ python: String, _ root: String, _ signals: SignalWait
    ) throws(ToolFailure) -> ApplicationFindings? {
        while true {
            if let findings = try tryApplication(python, root) { return findings }
            guard options.reloads, !options.printsConfiguration else { return nil }
            console.complain("apus-serve: waiting for a source file to change\n")
            let watch = try SourceWatch(watchedFolders(ApplicationFindings(python: python)))
            while watch.takeChanges().isEmpty {
                if signals.next(within: 200).map({ $0 != SIGCHLD }) == true { return nil }
            }
        }
    }

    private func tryApplication(
        _ python: String, _ root: String
    ) throws(ToolFailure) -> ApplicationFindings? {
        let file = "\(root)/findings"
        var environment = invocation.environment
        environment.remove("PYTHONHOME")
        do {
            try Files.write("", to: file, mode: 0o600)
            try giveToUser(file)
            let command = identity + [python, "-I", "-c", script.trial, file]
            guard try Subprocess(command, environment: environment).run().status == 0 else {
                return nil
            }
            let text = String(decoding: try Files.contents(of: file), as: UTF8.self)
            return ApplicationFindings(python: python, text)
        } catch {
            throw ToolFailure("\(python): \(error)")
        }
    }

    private func write(_ configuration: ServingConfiguration) throws(ToolFailure) {
        do {
            try Files.write(
                configuration.text, to: "\(configuration.root)/httpd.conf", mode: 0o600)
            // It has the environment in it.
            try Files.write(script.served, to: configuration.script, mode: 0o600)
        } catch {
            throw ToolFailure("cannot write to \(configuration.root): \(error)")
        }
        do {
            try giveToUser(configuration.script)
        } catch {
            throw ToolFailure("\(configuration.script): \(error)")
        }
    }

    /// Gives a file to whom the application runs as.
    private func giveToUser(_ file: String) throws(SystemError) {
        guard let user = options.user else { return }
        guard let account = unsafe getpwnam(user),
            unsafe chown(file, account.pointee.pw_uid, gid_t.max) == 0
        else { throw SystemError() }
    }

    /// What runs a program as the application's user, where that is not the caller.
    private var identity: [String] {
        guard let user = options.user, let account = unsafe getpwnam(user),
            let setpriv = program(named: "setpriv", invocation.environment)
        else { return [] }
        let (uid, gid) = unsafe (account.pointee.pw_uid, account.pointee.pw_gid)
        return [setpriv, "--reuid=\(uid)", "--regid=\(gid)", "--init-groups"]
    }

    /// The application's own folders.
    private func watchedFolders(_ findings: ApplicationFindings) -> [String] {
        guard options.reloadFolders.isEmpty else { return options.reloadFolders.map(absolute) }
        let folders = [workingFolder] + findings.sources.map { directoryPart($0) }
        var seen: Set<String> = []
        return folders.filter { folder in
            let isBelow = folder.hasPrefix(workingFolder + "/")
            return !isBelow && folder.hasPrefix("/") && seen.insert(folder).inserted
        }
    }
}
