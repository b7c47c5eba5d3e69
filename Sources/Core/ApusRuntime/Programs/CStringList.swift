// SPDX-License-Identifier: Apache-2.0

/// Texts as C takes them: the arguments of a program, or its environment.
public struct CStringList: Sendable {
    /// The texts, each with a zero behind it.
    private var bytes: [UInt8] = []
    private var starts: [Int] = []

    public init() {}

    public init(_ texts: [String]) {
        for text in texts { append(text) }
    }

    public var count: Int { starts.count }

    public mutating func append(_ text: String) {
        starts.append(bytes.count)
        bytes.append(bytesOf: text)
        bytes.append(0)
    }

    /// Appends `name=value`.
    ///
    /// What cannot stand in a name is made an underscore, as httpd does.
    public mutating func appendVariable(_ name: String, _ value: String) {
        let start = bytes.count
        starts.append(start)
        bytes.append(bytesOf: name)
        for index in start..<bytes.count where !bytes[index].isNameByte { bytes[index] = 0x5F }
        if start < bytes.count, bytes[start] < 0x41 { bytes[start] = 0x5F }
        bytes.append(0x3D)
        bytes.append(bytesOf: value)
        bytes.append(0)
    }

    /// Gives the pointers to the texts, with a null pointer behind them.
    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var bytes = bytes
        // An empty array has no address to count from.
        if bytes.isEmpty { bytes.append(0) }
        return unsafe bytes.withUnsafeMutableBytes { storage in
            let base = unsafe storage.baseAddress!.assumingMemoryBound(to: CChar.self)
            var pointers = unsafe starts.map { unsafe Optional(base + $0) }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
        }
    }
}

extension UInt8 {
    /// A letter, a digit or an underscore.
    fileprivate var isNameByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }
}
