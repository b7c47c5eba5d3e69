// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The host that was read last, with the bytes it was read from: most requests are for the same.
///
/// Belongs to one loop.
public final class RecentHost {
    private var field: [UInt8] = []
    private var isStrict = false
    private var latestName: String?
    private var latestPort: UInt16?

    /// Nil before the first.
    public var name: String? { latestName }
    public var port: UInt16? { latestPort }

    public init() {}

    /// Whether it was read from the same bytes.
    func isHost(of bytes: Span<UInt8>, isStrict: Bool) -> Bool {
        guard isStrict == self.isStrict, !bytes.isEmpty else { return false }
        let known = field
        return known.span.equals(bytes)
    }

    /// As `RequestHost.init`, and remembers the host.
    func read(_ bytes: Span<UInt8>, isStrict: Bool) -> RequestHost? {
        guard let read = RequestHost(bytes, isStrict: isStrict) else { return nil }
        // Replaced, not changed, so that no access to it has to be watched over.
        var copy: [UInt8] = []
        copy.append(copying: bytes)
        field = copy
        self.isStrict = isStrict
        latestName = read.name
        latestPort = read.port
        return read
    }
}
