// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What has to be in place before the server starts: folders, and enough descriptors.
struct StartConditions {
    private let layout: Layout
    private let environment: Environment
    private let verb: String
    private let console: Console

    init(_ layout: Layout, _ invocation: Invocation) {
        self.layout = layout
        environment = invocation.environment
        verb = invocation.arguments.joined(separator: " ")
        console = invocation.console
    }

    func prepare() {
        raiseDescriptorLimit()
        makeFolders()
        if verb == "start" { removeStaleSessionCaches() }
    }

    /// Sets how many files the server may open, when root starts it.
    ///
    /// `APACHE_ULIMIT_MAX_FILES` is a shell's `ulimit -n NUMBER`. Without it the limit is 8192 at
    /// least; one that is higher already is left alone.
    private func raiseDescriptorLimit() {
        guard geteuid() == 0 else { return }
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return }
        if let command = environment["APACHE_ULIMIT_MAX_FILES"] {
            guard let count = Self.descriptorCount(in: command) else {
                return console.complain("Setting ulimit failed: '\(command)' is no ulimit -n\n")
            }
            limit = rlimit(rlim_cur: count, rlim_max: count)
        } else {
            limit.rlim_cur = max(limit.rlim_cur, 8192)
            limit.rlim_max = max(limit.rlim_max, 8192)
        }
        if unsafe setrlimit(resource, &limit) != 0 {
            console.complain("Setting ulimit failed: \(SystemError())\n")
        }
    }

    /// The number in `ulimit -n 65536`; nil for another command.
    static func descriptorCount(in command: String) -> rlim_t? {
        let words = ServerProgram.words(command)
        guard words.count == 3, words[0] == "ulimit",
            ["-n", "-Hn", "-Sn", "-HSn"].contains(words[1])
        else { return nil }
        return words[2] == "unlimited" ? rlim_t.max : rlim_t(words[2])
    }

    private func makeFolders() {
        let isDebian = layout.style == .debian
        let user = environment["APACHE_RUN_USER"] ?? (isDebian ? "www-data" : nil)
        if let run = environment["APACHE_RUN_DIR"] ?? (isDebian ? "/var/run/apache2" : nil) {
            make(run, owner: nil)
            make("\(run)/socks", owner: user)
        }
        if let lock = environment["APACHE_LOCK_DIR"] ?? (isDebian ? "/var/lock/apache2" : nil) {
            make(lock, owner: user)
        }
        // `logs` is not versioned, so that a fresh checkout has none.
        if !isDebian, ["start", "restart", "graceful"].contains(verb) {
            make("\(layout.serverRoot)/logs", owner: nil)
        }
    }

    private func make(_ folder: String, owner: String?) {
        guard !Files.isDirectory(folder) else { return }
        do {
            try Files.makeDirectories(folder)
        } catch {
            return console.complain("Cannot create \(folder): \(error)\n")
        }
        guard let owner, geteuid() == 0 else { return }
        guard let account = unsafe getpwnam(owner) else {
            return console.complain("Cannot create \(folder) with owner \(owner): no such user\n")
        }
        _ = unsafe lchown(folder, account.pointee.pw_uid, gid_t.max)
    }

    /// A session cache on disk belongs to a server that ended.
    private func removeStaleSessionCaches() {
        guard layout.style == .debian else { return }
        let run = environment["APACHE_RUN_DIR"] ?? "/var/run/apache2"
        for name in (try? Files.names(in: run)) ?? [] where name.contains("ssl_scache") {
            try? Files.remove("\(run)/\(name)")
        }
    }
}
