// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Synchronization

/// A short text in shared memory, kept as words so that a reader in another process may look
/// at any moment: it may see the beginning of one text and the end of another, but no fault.
struct SharedText<let wordCount: Int>: ~Copyable {
    let words: InlineArray<wordCount, Atomic<UInt64>>

    /// Stores what fits of the text, zeros behind it.
    func store(_ text: String) { text.withBytes { store($0) } }

    func store(_ bytes: Span<UInt8>) {
        for index in 0..<wordCount {
            words[index].store(Self.word(bytes, at: index * 8), ordering: .relaxed)
            // What follows a zero is never looked at.
            if bytes.count < (index + 1) * 8 { break }
        }
    }

    private static func word(_ bytes: Span<UInt8>, at start: Int) -> UInt64 {
        if start + 8 <= bytes.count {
            return UInt64(
                littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(
                    fromByteOffset: start, as: UInt64.self))
        }
        // The last eight bytes hold the rest, behind what has been stored before.
        if start > 0, bytes.count > start {
            let last = unsafe bytes.bytes.unsafeLoadUnaligned(
                fromByteOffset: bytes.count - 8, as: UInt64.self)
            return UInt64(littleEndian: last) >> UInt64(8 * (start + 8 - bytes.count))
        }
        var word: UInt64 = 0
        var shift: UInt64 = 0
        for index in start..<max(start, bytes.count) {
            word |= UInt64(bytes[index]) << shift
            shift += 8
        }
        return word
    }

    func load() -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(wordCount * 8)
        for index in 0..<wordCount {
            var word = words[index].load(ordering: .relaxed)
            for _ in 0..<8 {
                let byte = UInt8(truncatingIfNeeded: word)
                if byte == 0 { return String(bytes: bytes.span) }
                bytes.append(byte)
                word >>= 8
            }
        }
        return String(bytes: bytes.span)
    }
}
