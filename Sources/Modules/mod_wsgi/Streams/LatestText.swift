// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The text of some bytes, made anew only where they differ from those before: an application's
/// responses have the same media type most often.
final class LatestText {
    private var latest = ""

    func text(_ bytes: Span<UInt8>) -> String {
        if equals(bytes) { return latest }
        let text = String(bytes: bytes)
        // A long one is rather a response's own.
        if bytes.count <= 256 { latest = text }
        return text
    }

    private func equals(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count == latest.utf8.count, !bytes.isEmpty else { return false }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe latest.utf8.withContiguousStorageIfAvailable { known in
                unsafe memcmp(known.baseAddress!, bytes.baseAddress!, bytes.count) == 0
            } ?? false
        }
    }
}
