// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The command line of htpasswd.
struct PasswordOptions {
    enum Action { case update, create, show, delete, verify }
    enum Source { case terminal, argument, input }

    private(set) var action = Action.update
    private(set) var source = Source.terminal
    private(set) var method = PasswordHash.Method.apr1
    private(set) var file = ""
    private(set) var user = ""
    private(set) var password: String?
    /// What was said and means nothing.
    private(set) var warnings: [String] = []

    private var cost: Int?
    private var rounds: Int?
    private var letter: Character = "m"

    init(_ arguments: [String]) throws(PasswordToolError) {
        var rest = arguments[...]
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest.removeFirst()
            if word == "--" { break }
            try read(options: Array(word.dropFirst()), &rest)
        }
        try read(words: Array(rest))
        chooseMethod()
    }

    private mutating func read(
        options: [Character], _ rest: inout ArraySlice<String>
    ) throws(PasswordToolError) {
        var index = 0
        while index < options.count {
            let option = options[index]
            index += 1
            switch option {
            case "c": try choose(.create)
            case "n": try choose(.show)
            case "D": try choose(.delete)
            case "v": try choose(.verify)
            case "b": try take(from: .argument)
            case "i": try take(from: .input)
            case "m", "s", "p", "d", "B", "2", "5": letter = option
            case "C", "r":
                let value: String
                if index < options.count {
                    value = String(options[index...])
                    index = options.count
                } else if let next = rest.popFirst() {
                    value = next
                } else {
                    throw PasswordToolError(
                        .syntax, "option requires an argument -- \(option)", showsUsage: true)
                }
                guard let number = Int(value), number > 0 else {
                    throw PasswordToolError(
                        .syntax, "argument to -\(option) must be a positive integer")
                }
                if option == "C" { cost = number } else { rounds = number }
            default:
                throw PasswordToolError(.syntax, "illegal option -- \(option)", showsUsage: true)
            }
        }
    }

    private mutating func choose(_ new: Action) throws(PasswordToolError) {
        guard action == .update || action == new else {
            throw PasswordToolError(.syntax, "only one of -c -n -v -D may be specified")
        }
        action = new
    }

    private mutating func take(from new: Source) throws(PasswordToolError) {
        guard source == .terminal || source == new else {
            throw PasswordToolError(.syntax, "", showsUsage: true)
        }
        source = new
    }

    private mutating func read(words: [String]) throws(PasswordToolError) {
        let names = action == .show ? 1 : 2
        let wantsPassword = source == .argument && action != .delete
        let mayHavePassword = source == .argument
        guard
            words.count == names + (wantsPassword ? 1 : 0)
                || words.count == names + (mayHavePassword ? 1 : 0)
        else { throw PasswordToolError(.syntax, "", showsUsage: true) }
        if action != .show { file = words[0] }
        user = words[names - 1]
        if words.count > names { password = words[names] }
        guard user.utf8.count <= 255 else {
            throw PasswordToolError(.tooLong, "username too long (> 255)")
        }
        guard !user.contains(":") else {
            throw PasswordToolError(.badUser, "username contains illegal character ':'")
        }
    }

    private mutating func chooseMethod() {
        switch letter {
        case "s": method = .sha1
        case "p": method = .plain
        case "d": method = .crypt
        case "B": method = .bcrypt(cost: cost ?? 5)
        case "2": method = .sha256(rounds: rounds)
        case "5": method = .sha512(rounds: rounds)
        default: method = .apr1
        }
        let ignored =
            letter == "B" ? rounds : letter == "2" || letter == "5" ? cost : cost ?? rounds
        if ignored != nil {
            warnings.append("Warning: Ignoring -C/-r argument for this algorithm.")
        }
        if letter == "p" {
            warnings.append(
                "Warning: storing passwords as plain text might just not work on this platform.")
        }
    }
}

extension PasswordOptions {
    static let usage = """
        Usage:
        \thtpasswd [-cimB25dpsDv] [-C cost] [-r rounds] passwordfile username
        \thtpasswd -b[cmB25dpsDv] [-C cost] [-r rounds] passwordfile username password

        \thtpasswd -n[imB25dps] [-C cost] [-r rounds] username
        \thtpasswd -nb[mB25dps] [-C cost] [-r rounds] username password
         -c  Make a new file.
         -n  Write the line to standard output; touch no file.
         -b  The password stands on the command line, where others can see it.
         -i  Read the password from standard input, without asking twice.
         -m  Hash it by MD5, APR's way (default).
         -2  Hash it by SHA-256 (secure).
         -5  Hash it by SHA-512 (secure).
         -B  Hash it by bcrypt (very secure).
         -C  How long bcrypt takes, from 4 to 17 (default: 5).
         -r  How many rounds SHA-256 and SHA-512 go (default: 5000).
         -d  Hash it by CRYPT (8 characters at most, insecure).
         -s  Hash it by SHA-1, without salt (insecure).
         -p  Do not hash it (insecure; the server refuses it).
         -D  Take the user out of the file.
         -v  Say whether the password is right.

        """
}
