// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The text of some bytes, made anew only where they differ from those before: an application's
/// responses have the same media type most often.
final class LatestText {
    private var latest = ""
    private var latestBytes: [UInt8] = []

    func text(_ bytes: Span<UInt8>) -> String {
        // Looked at as a local, so that no access to it has to be watched over.
        let known = latestBytes
        if known.count == bytes.count, known.span.starts(with: bytes) { return latest }
        let text = String(bytes: bytes)
        // A long one is rather a response's own.
        if bytes.count <= 256 {
            latest = text
            latestBytes = text.bytes
        }
        return text
    }
}
