// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// htpasswd: makes and changes the files of users that `AuthUserFile` names.
enum PasswordTool {
    private static let longestPassword = 256

    /// - Returns: the exit status.
    static func main(_ arguments: [String]) -> Int32 {
        do throws(PasswordToolError) {
            let options = try PasswordOptions(arguments)
            try run(options)
            return 0
        } catch {
            // As it was called, with a path if one was given.
            let start = error.isBare ? "" : "\(CommandLine.arguments.first ?? "htpasswd"): "
            if !error.message.isEmpty { say(start + error.message) }
            if error.showsUsage { write(PasswordOptions.usage, to: 2) }
            return error.status.rawValue
        }
    }

    private static func run(_ options: PasswordOptions) throws(PasswordToolError) {
        for warning in options.warnings { say(warning) }
        switch options.action {
        case .show:
            let line = try Self.line(options)
            write("\(line)\n\n", to: 1)
        case .create:
            var file = PasswordFile(path: options.file)
            let line = try Self.line(options)
            _ = file.set(options.user, line)
            try file.write(mayCreate: true)
            say("Adding password for user \(options.user)")
        case .update:
            var file = try PasswordFile(reading: options.file)
            let line = try Self.line(options)
            let isKnown = file.set(options.user, line)
            try file.write()
            say("\(isKnown ? "Updating" : "Adding") password for user \(options.user)")
        case .delete:
            var file = try PasswordFile(reading: options.file)
            guard file.remove(options.user) else {
                say("User \(options.user) not found")
                return
            }
            try file.write()
            say("Deleting password for user \(options.user)")
        case .verify: try verify(options)
        }
    }

    private static func line(_ options: PasswordOptions) throws(PasswordToolError) -> String {
        let password = try Self.password(options)
        if options.method == .crypt, password.count > 8 {
            say("Warning: Password truncated to 8 characters by CRYPT algorithm.")
        }
        let hash: PasswordHash
        do throws(APRError) {
            hash = try PasswordHash(of: password, by: options.method)
        } catch {
            let method = if case .bcrypt = options.method { "bcrypt" } else { "crypt" }
            throw PasswordToolError(
                .mismatch, "Unable to encode with \(method): \(error.detail ?? error.reason)")
        }
        return "\(options.user):\(String(bytes: hash.text.span))"
    }

    private static func verify(_ options: PasswordOptions) throws(PasswordToolError) {
        let file = try PasswordFile(reading: options.file)
        guard let hash = file.hash(of: options.user) else {
            throw PasswordToolError(.badUser, "User \(options.user) not found", isBare: true)
        }
        let password = try Self.password(options)
        guard PasswordHash(hash.bytes).matches(password) else {
            throw PasswordToolError(.mismatch, "password verification failed", isBare: true)
        }
        say("Password for user \(options.user) correct.")
    }

    // MARK: The password

    private static func password(_ options: PasswordOptions) throws(PasswordToolError) -> [UInt8] {
        let password: [UInt8]
        switch options.source {
        case .argument: password = (options.password ?? "").bytes
        case .input: password = (readLine() ?? "").bytes
        case .terminal: password = try asked(isNew: options.action != .verify)
        }
        guard password.count <= longestPassword else {
            throw PasswordToolError(.tooLong, "password too long (> \(longestPassword))")
        }
        return password
    }

    private static func asked(isNew: Bool) throws(PasswordToolError) -> [UInt8] {
        let first = askForPassword(isNew ? "New password: " : "Enter password: ", limit: 256)
        guard isNew else { return first ?? [] }
        let second = askForPassword("Re-type new password: ", limit: 256)
        guard let first, first == second else {
            throw PasswordToolError(.mismatch, "password verification error")
        }
        return first
    }

    // MARK: Words

    private static func say(_ text: String) { write("\(text)\n", to: 2) }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = text.bytes[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno != EINTR { return }
            bytes = bytes.dropFirst(max(0, count))
        }
    }
}
