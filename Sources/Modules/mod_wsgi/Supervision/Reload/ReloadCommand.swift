// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What `a2reload` asks for.
///
/// The request is one line, `reload` and the names; the answer is a line for each set, `ok` or
/// `failed` or `partly` with its name, then what the new version said, indented, and `end` with the
/// exit status.
struct ReloadCommand: Hashable {
    /// Names of sites and of process groups; none: all.
    var names: [String]

    static let lineLimit = 8192

    init?(line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.first == "reload" else { return nil }
        names = Array(words.dropFirst())
    }

    /// Whether a set is meant.
    ///
    /// - Parameters:
    ///   - host: the one that has its log.
    ///   - groupHost: the one that its group stands in.
    func names(_ set: SetName, host: VirtualHost, groupHost: String?) -> Bool {
        var hosts = [groupHost ?? ""]
        if !host.isMain { hosts += [host.name, Self.siteName(host.location.file)] + host.aliases }
        return names(set, hosts: hosts)
    }

    /// What `a2ensite` calls the file: `shop` for `/etc/apache2/sites-enabled/shop.conf`.
    static func siteName(_ file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        return name.hasSuffix(".conf") ? String(name.dropLast(5)) : name
    }

    func names(_ set: SetName, hosts: [String]) -> Bool {
        if names.isEmpty { return true }
        // %{RESOURCE} and %{SERVER} begin with the name of the site.
        let resource = set.applicationGroup.prefix { $0 != "|" && $0 != ":" }
        return names.contains { name in
            !name.isEmpty
                && (name == set.processGroup || name == set.applicationGroup || name == resource
                    || hosts.contains(name) || hosts.contains(name.lowercased()))
        }
    }
}

/// How it went for all sets.
struct ReloadAnswer: Equatable {
    var lines: [String] = []
    var hasFailed = false

    mutating func add(_ name: SetName, _ result: ReloadResult) {
        let words = "process-group=\(name.processGroup) application-group=\(name.applicationGroup)"
        switch result {
        case .done: lines.append("ok \(words)")
        case .failed(let text): add("failed \(words)", text)
        case .partly(let text): add("partly \(words)", text)
        }
    }

    private mutating func add(_ line: String, _ text: String) {
        hasFailed = true
        lines.append(line)
        lines += text.split(separator: "\n", omittingEmptySubsequences: false).map { " \($0)" }
    }

    var text: String {
        (lines + ["end \(hasFailed ? 1 : 0)"]).joined(separator: "\n") + "\n"
    }
}

/// Reloads of several sets, one after another, so that not all of them are in memory twice.
final class ReloadRun {
    typealias Step = (name: SetName, begin: (@escaping ReloadCompletion) -> Void)
    private var rest: ArraySlice<Step>
    private var answer = ReloadAnswer()
    private let finished: (ReloadAnswer) -> Void

    init(_ steps: [Step], _ finished: @escaping (ReloadAnswer) -> Void) {
        rest = steps[...]
        self.finished = finished
        // An answer without sets: there is none of the names.
        if steps.isEmpty { answer.hasFailed = true }
    }

    func begin() {
        guard let step = rest.popFirst() else { return finished(answer) }
        step.begin { [self] result in
            answer.add(step.name, result)
            begin()
        }
    }
}
