// SPDX-License-Identifier: Apache-2.0

extension Enabler {
    /// Does, or says, what goes with a few modules beyond their links.
    mutating func handleSpecialModule(_ name: String) {
        guard kind == .module else { return }
        switch name {
        case "ssl" where action == .enable:
            console.inform(
                layout.style == .debian
                    ? "See /usr/share/doc/apache2/README.Debian.gz on how to configure SSL and "
                        + "create self-signed certificates.\n"
                    : "See https://httpd.apache.org/docs/2.4/ssl/ssl_howto.html on how to "
                        + "configure SSL and create certificates.\n")
        case "cache_disk" where layout.style == .debian:
            concernsCacheCleaner = true
            switchCacheCleaner()
        default: break
        }
    }

    /// Starts Debian's service `apache-htcacheclean` with the machine, or no longer.
    private func switchCacheCleaner() {
        let usesSystemctl =
            Files.isDirectory("/run/systemd") && Files.isExecutable("/bin/systemctl")
        let service = InitSystem.service(
            "apache-htcacheclean", suffix: layout.suffix, systemd: usesSystemctl)
        let command =
            usesSystemctl
            ? ["systemctl", action.rawValue, service] : ["update-rc.d", service, action.rawValue]
        let verb = action == .enable ? "Enabling" : "Disabling"
        console.inform("\(verb) external service \(service)\n")
        let result = try? Subprocess(command, environment: environment).run()
        if result?.status != 0 {
            console.warning("'\(command.joined(separator: " "))' failed")
        } else if action == .enable {
            console.inform("The service will be started on next reboot.\n")
        }
    }

    /// Whether `cgi` has to be `cgid`: a thread that forks for a CGI program is a danger to the
    /// others, so that a threaded MPM has a process of its own do it.
    func selectsCgid() -> Bool {
        guard Files.exists("\(availableFolder)/cgid.load"), isThreaded() else { return false }
        console.say("Your MPM seems to be threaded. Selecting cgid instead of cgi.\n")
        return true
    }

    private func isThreaded() -> Bool {
        for (mpm, isThreaded) in [("prefork", false), ("worker", true), ("event", true)]
        where Files.exists("\(enabledFolder)/mpm_\(mpm).load") {
            return isThreaded
        }
        // The MPM is loaded elsewhere, or built in: the server knows.
        let facts = server.flatMap { try? $0.run(["-V"], output: .captured, errors: .discarded) }
        for line in facts?.text.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.first == "threaded:" { return words.last == "yes" }
        }
        console.error("Can't determine enabled MPM")
        return false
    }
}
