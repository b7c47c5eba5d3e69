// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Something said of files in one directive: an icon, an alternative text, the name of a header.
struct IndexItem: Sendable {
    /// What of a file it goes by.
    enum Criterion: Sendable { case path, type, encoding }

    let criterion: Criterion
    /// A pattern for the names of files, below the section that it stands in.
    private let place: String
    /// A pattern for what the item goes by; empty for all.
    private let subject: String
    let value: String

    init(_ criterion: Criterion, _ subject: String, in path: String?, value: String) {
        self.criterion = criterion
        place = (path ?? "") + "*"
        switch criterion {
        case .path:
            let subject = subject == "**DIRECTORY**" ? "^^DIRECTORY^^" : subject
            let isPattern = subject.utf8.contains {
                $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?")
            }
            self.subject = isPattern ? subject : "*" + subject
        case .type: self.subject = subject
        case .encoding: self.subject = subject.lowercased()
        }
        self.value = value
    }

    /// An item for all files of its section.
    init(in path: String?, value: String) {
        criterion = .path
        place = (path ?? "") + "*"
        subject = ""
        self.value = value
    }

    /// What is known of a file that items are looked up for.
    struct File {
        /// The whole name, or a word such as `^^DIRECTORY^^`.
        var path: String
        var type: String?
        var encoding: String?

        var isWord: Bool { path.utf8.first == UInt8(ascii: "^") }
    }

    func applies(to file: File) -> Bool {
        guard file.isWord || Glob.matchesSimple(file.path, place) else { return false }
        if subject.isEmpty { return true }
        switch criterion {
        case _ where file.isWord, .path: return Glob.matchesSimple(file.path, subject)
        case .type:
            // Of a packed file it says more that it is packed.
            guard file.encoding == nil, let type = file.type else { return false }
            return Glob.matchesSimple(type, subject, ignoreCase: true)
        case .encoding:
            return file.encoding.map { Glob.matchesSimple($0, subject, ignoreCase: true) } ?? false
        }
    }
}

extension [IndexItem] {
    /// The value of the first item that applies.
    func value(for file: IndexItem.File) -> String? { first { $0.applies(to: file) }?.value }

    func value(for path: String) -> String? { value(for: IndexItem.File(path: path)) }
}

/// An `AddDescription`.
struct FileDescription: Sendable {
    private enum Subject: Sendable {
        case part(String)
        case name(Glob)
        case path(Glob)
    }

    private let subject: Subject
    let text: String

    init(_ text: String, for file: String) {
        self.text = text
        if file.utf8.contains(UInt8(ascii: "/")) {
            subject = .path(Glob("*/\(file)*"))
        } else if Glob.isPattern(file) {
            subject = .name(Glob("*\(file)*"))
        } else {
            subject = .part(file)
        }
    }

    func applies(to path: String) -> Bool {
        switch subject {
        case .path(let glob): glob.matches(path)
        case .name(let glob): glob.matches(path.lastComponent)
        case .part(let part): path.lastComponent.bytes.contains(part.bytes)
        }
    }
}

/// The names that `IndexIgnore` leaves out.
struct IgnoredNames: Mergeable, Sendable {
    private struct Rule: Sendable {
        let place: String
        let name: String
    }

    private var rules: [Rule] = []
    /// `IndexIgnoreReset`: nothing of the outer sections.
    var replacesOuter = false

    mutating func add(_ name: String, in path: String?) {
        rules.append(Rule(place: (path ?? "") + "*", name: name.lastComponent))
    }

    func merged(over parent: Self) -> Self {
        var result = self
        if !replacesOuter { result.rules += parent.rules }
        return result
    }

    func contains(_ path: String) -> Bool {
        rules.contains {
            Glob.matchesSimple(path, $0.place) && Glob.matchesSimple(path.lastComponent, $0.name)
        }
    }
}

extension String {
    /// What follows the last slash.
    var lastComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(self[utf8.index(after: slash)...])
    }
}
