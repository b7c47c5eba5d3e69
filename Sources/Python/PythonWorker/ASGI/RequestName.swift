// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform

/// What logs call a request; a copy that needs no memory of its own as long as it is short.
@safe
struct RequestName: BitwiseCopyable {
    private static let longest = 48

    private var bytes: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    private let count: Int

    /// - Parameter name: the server's are short; of another one the beginning is kept.
    init(_ name: Slice) {
        count = min(name.count, Self.longest)
        unsafe withUnsafeMutableBytes(of: &bytes) { bytes in
            unsafe bytes.baseAddress!.copyMemory(from: name.start, byteCount: count)
        }
    }

    /// As text; nil with an exception.
    func object() -> Reference? {
        unsafe withUnsafeBytes(of: bytes) { bytes in
            unsafe text(Slice(start: bytes.baseAddress!, count: count))
        }
    }
}
