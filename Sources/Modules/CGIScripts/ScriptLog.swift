// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

// The manual's "CGI Debugging" has the format (mod_cgi). It is for debugging, so a file is opened
// and written for each failure, where the request is answered, as in httpd.

/// `ScriptLog`: describes the failures of scripts, with what led to them.
final class ScriptLog {
    private let path: String
    private let longest: Int
    /// How much of the request's content is described.
    let longestBody: Int
    private let requestLine: String
    private let filename: String
    private let fields: Fields
    private let mayHaveBody: Bool
    /// The beginning of the request's content.
    var body: [UInt8] = []

    /// Nil where there is no such log.
    init?(_ config: ScriptServerConfig, _ request: borrowing Request) {
        guard let path = config.log else { return nil }
        self.path = path
        longest = config.logLength
        longestBody = config.logBuffer
        let query = request.query.map { "?\($0)" } ?? ""
        requestLine =
            "\(request.method.name) \(request.path)\(query) \(request.head.version.description)"
        filename = request.filename ?? ""
        fields = request.fields
        mayHaveBody = request.method == .post || request.method == .put
    }

    /// What a script gave in place of a response.
    struct Failure {
        var status: HTTPStatus
        /// The line that ended it.
        var line: String
        /// The fields before it.
        var fields = Fields()
        /// What followed it.
        var output: [UInt8] = []
    }

    /// Describes an error alone.
    func describe(_ error: String, status: HTTPStatus) {
        var entry = heading(status)
        entry.append(bytesOf: "%error\n\(error)\n")
        write(entry)
    }

    /// Describes a response that is none.
    func describe(_ failure: Failure) {
        var entry = heading(failure.status)
        entry.append(bytesOf: "%request\n")
        entry.append(lines: fields)
        if mayHaveBody, !body.isEmpty {
            entry.append(0x0A)
            entry.append(contentsOf: body)
            entry.append(0x0A)
        }
        entry.append(bytesOf: "%response\n")
        entry.append(lines: failure.fields)
        if !failure.line.isEmpty { entry.append(bytesOf: failure.line + "\n") }
        if !failure.output.isEmpty {
            entry.append(bytesOf: "%stdout\n")
            entry.append(contentsOf: failure.output)
            entry.append(0x0A)
        }
        write(entry)
    }

    private func heading(_ status: HTTPStatus) -> [UInt8] {
        Array("%% [".utf8) + Self.time() + "] ".utf8 + requestLine.bytes
            + "\n%% \(status.code) ".utf8 + filename.bytes + [0x0A]
    }

    private static func time() -> [UInt8] {
        var now = time_t(WallTime.now.seconds)
        var parts = unsafe tm()
        unsafe localtime_r(&now, &parts)
        return unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            count = unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe strftime($0.baseAddress, 64, "%a %b %d %H:%M:%S %Y", &parts)
            }
        }
    }

    private func write(_ entry: [UInt8]) {
        if let status = FileStatus(of: path), status.size > longest { return }
        guard
            let file = try? FileDescriptor(
                opening: path, O_WRONLY | O_APPEND | O_CREAT, permissions: 0o644)
        else { return }
        try? file.write(entry.span)
    }
}

extension [UInt8] {
    fileprivate mutating func append(lines fields: Fields) {
        for (name, value) in fields.all { append(bytesOf: "\(name): \(value)\n") }
    }
}
