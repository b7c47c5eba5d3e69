// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The host that was read last, with the bytes it was read from: most requests are for the same.
///
/// Belongs to one loop.
public final class RecentHost {
    private var field: [UInt8] = []
    private var isStrict = false
    /// Nil before the first.
    public private(set) var host: RequestHost?

    public init() {}

    /// Whether it was read from the same bytes.
    func isHost(of bytes: Span<UInt8>, isStrict: Bool) -> Bool {
        guard isStrict == self.isStrict else { return false }
        let known = field
        return known.span.equals(bytes)
    }

    /// As `RequestHost.init`, and remembers the host.
    func read(_ bytes: Span<UInt8>, isStrict: Bool) -> RequestHost? {
        guard let read = RequestHost(bytes, isStrict: isStrict) else { return nil }
        field.removeAll(keepingCapacity: true)
        field.append(copying: bytes)
        self.isStrict = isStrict
        host = read
        return read
    }
}
