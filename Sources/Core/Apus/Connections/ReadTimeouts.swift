// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// How long reading may take, and how fast it has to be (`RequestReadTimeout`).
public struct ReadTimeouts: Sendable {
    /// For one part of a request: at first `initial`, and a second more for each `minimumRate`
    /// bytes, up to `maximum`.
    public struct Stage: Sendable {
        public var initial: Duration
        public var maximum: Duration?
        /// Bytes a second; 0: what arrives buys no time.
        public var minimumRate: Int

        public init(initial: Duration, maximum: Duration? = nil, minimumRate: Int = 0) {
            self.initial = initial
            self.maximum = maximum
            self.minimumRate = minimumRate
        }

        /// The time a client has for `bytes`, from the start of the stage.
        public func allowance(for bytes: Int64) -> Duration {
            guard minimumRate > 0 else { return initial }
            let extended = initial + .microseconds(bytes * (1_000_000 / Int64(minimumRate)))
            return maximum.map { min($0, extended) } ?? extended
        }
    }

    public var handshake: Stage?
    public var header: Stage?
    public var body: Stage?
    /// Who set them, and in whose name the log tells of a client that was too slow.
    public let module: any Module.Type

    public init(
        handshake: Stage? = nil, header: Stage? = nil, body: Stage? = nil, module: any Module.Type
    ) {
        self.handshake = handshake
        self.header = header
        self.body = body
        self.module = module
    }
}

extension ReadTimeouts.Stage? {
    /// When to give up waiting for more of what a stage reads: `Timeout` after the last byte, and
    /// never later than the stage allows as a whole.
    ///
    /// - Parameters:
    ///   - now: of the loop, in nanoseconds, as the result.
    ///   - start: when the stage began.
    ///   - bytes: how much of it has arrived.
    func deadline(now: Int64, start: Int64, bytes: Int64, timeout: Duration) -> Int64 {
        let silence = now + timeout.nanoseconds
        guard let stage = self else { return silence }
        return min(silence, start + stage.allowance(for: bytes).nanoseconds)
    }
}

extension Connection {
    /// Tells the log of a client that was too slow for a stage, where a module limits it.
    ///
    /// - Parameter part: `header` or `body`.
    func logReadTimeout(of part: String, _ stage: ReadTimeouts.Stage?) {
        guard stage != nil, let module = readTimeouts?.module else { return }
        log(.info, in: module, "AH01382", "Request \(part) read timeout")
    }
}
