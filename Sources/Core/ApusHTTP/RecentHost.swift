// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The host that was read last, with the bytes it was read from: most requests are for the same.
///
/// Belongs to one loop.
public final class RecentHost {
    private var field: [UInt8] = []
    private var isStrict = false
    private var host: RequestHost?

    public init() {}

    /// As `RequestHost.init`.
    func read(_ bytes: Span<UInt8>, isStrict: Bool) -> RequestHost? {
        if let host, isStrict == self.isStrict, field.span.equals(bytes) { return host }
        guard let read = RequestHost(bytes, isStrict: isStrict) else { return nil }
        field.removeAll(keepingCapacity: true)
        field.append(copying: bytes)
        self.isStrict = isStrict
        host = read
        return read
    }
}
