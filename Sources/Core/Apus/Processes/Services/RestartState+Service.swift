// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP

/// A line of the table: the name and the bytes in hexadecimal, descriptors, processes; each after
/// a letter, since it may be empty.
extension RestartState.Service {
    var line: String {
        let descriptors = state.descriptors.map(String.init).joined(separator: ",")
        let processes = state.processes.map(String.init).joined(separator: ",")
        return "service n\(hexadecimal(Array(name.utf8))) b\(hexadecimal(state.bytes)) "
            + "d\(descriptors) p\(processes)"
    }

    init?(words: [Substring]) {
        guard words.count == 5, let name = bytes(words[1].dropFirst()),
            let bytes = bytes(words[2].dropFirst())
        else { return nil }
        let descriptors = words[3].dropFirst().split(separator: ",").map { CInt($0) }
        let processes = words[4].dropFirst().split(separator: ",").map { Int32($0) }
        guard !descriptors.contains(nil), !processes.contains(nil) else { return nil }
        self.name = String(decoding: name, as: UTF8.self)
        state = ServiceState(
            bytes: bytes, descriptors: descriptors.compactMap(\.self),
            processes: processes.compactMap(\.self))
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    var digits: [UInt8] = []
    for byte in bytes {
        digits.append(hexadecimalDigit(byte >> 4))
        digits.append(hexadecimalDigit(byte & 0xF))
    }
    return String(decoding: digits, as: UTF8.self)
}

private func bytes(_ text: Substring) -> [UInt8]? {
    let digits = text.utf8.compactMap(\.hexadecimalValue)
    guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
