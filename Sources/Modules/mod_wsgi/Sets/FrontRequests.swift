// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// What the fronts ask of the parent, as messages on a socket that they all share.
///
/// A full socket loses a message, and its sender asks again with a later request.
struct FrontRequests: Sendable {
    enum Message: Hashable, Sendable {
        /// A name that only a request told needs workers.
        case start(SetName, ScriptName)
        /// A script is newer than what runs.
        case reload(set: Int, ScriptName?)
    }

    /// Longer than the longest path and names.
    static let messageLimit = 16384
    private let pair: SequencedPair

    init() throws(SystemError) { pair = try SequencedPair(bufferSize: 1 << 18) }

    /// What the parent watches.
    var descriptor: CInt { pair.reading }

    /// - Returns: whether there was room for it.
    func send(_ message: Message) -> Bool {
        let bytes = message.encoded
        guard bytes.count <= Self.messageLimit else { return false }
        return unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(
                pair.sending, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
        } == bytes.count
    }

    /// What has been asked, in the parent; nil when nothing more has.
    ///
    /// What makes no sense is passed over: a front is not to be believed.
    func next() -> Message? {
        while true {
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.messageLimit) {
                buffer, count in
                count = max(
                    0,
                    unsafe recv(pair.reading, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT)))
            }
            if bytes.isEmpty { return nil }
            if let message = Message(encoded: bytes) { return message }
        }
    }

    func closeReadingEnd() { _ = close(pair.reading) }
}

extension FrontRequests.Message {
    var encoded: [UInt8] {
        switch self {
        case .start(let name, let script):
            Array(
                ["start", name.processGroup, name.applicationGroup, script.path, script.callable]
                    .map(\.bytes).joined(separator: [0]))
        case .reload(let set, let script):
            Array(
                ["reload", "\(set)", script?.path ?? "", script?.callable ?? ""]
                    .map(\.bytes).joined(separator: [0]))
        }
    }

    init?(encoded: [UInt8]) {
        let parts = encoded.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(bytes: Array($0).span) }
        switch parts[0] {
        case "start":
            guard parts.count == 5, parts[3].hasPrefix("/"), !parts[4].isEmpty,
                parts[1].utf8.count + parts[2].utf8.count <= SetName.limit
            else { return nil }
            self = .start(
                SetName(processGroup: parts[1], applicationGroup: parts[2]),
                ScriptName(path: parts[3], callable: parts[4]))
        case "reload":
            guard parts.count == 4, let set = Int(parts[1]), set >= 0 else { return nil }
            let script = ScriptName(path: parts[2], callable: parts[3])
            self = .reload(
                set: set, script.path.hasPrefix("/") && !script.callable.isEmpty ? script : nil)
        default: return nil
        }
    }
}
