// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// A packet while it is made: its head, then variables, then content.
///
/// One for each loop, used for one packet after another, so that making one allocates nothing. It
/// is moved to who writes a packet, so that its length stays in a register while bytes are added.
@safe
struct PacketBuffer: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0
    private(set) var variableCount: UInt32 = 0

    static let headSize = MemoryLayout<apus_packet>.size

    init() {
        capacity = 2 * Int(APUS_PACKET_LIMIT)
        unsafe base = .allocate(capacity: capacity)
    }

    deinit { unsafe base.deallocate() }

    /// Begins a packet; its head is written last.
    mutating func begin() {
        count = Self.headSize
        variableCount = 0
    }

    /// Begins with variables alone.
    mutating func beginVariables() {
        count = 0
        variableCount = 0
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let larger = max(2 * capacity, count + more)
        let new = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe new.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = unsafe new
        capacity = larger
    }

    // MARK: Bytes

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>) {
        let length = bytes.count
        reserve(length)
        unsafe bytes.withUnsafeBufferPointer { buffer in
            if let start = buffer.baseAddress {
                unsafe (base + count).update(from: start, count: length)
            }
        }
        count += length
    }

    mutating func append(_ text: String) {
        let isDone = unsafe text.utf8.withContiguousStorageIfAvailable { utf8 in
            let length = utf8.count
            reserve(length)
            let place = unsafe base + count
            if let start = utf8.baseAddress {
                unsafe place.update(from: start, count: length)
            }
            // ASCII stands for itself; what else there is may stand for bytes that are no UTF-8.
            guard unsafe isASCII(place, length) else { return false }
            count += length
            return true
        }
        if isDone != true { text.withBytes { append($0) } }
    }

    @inline(__always)
    private func isASCII(_ start: UnsafeMutablePointer<UInt8>, _ count: Int) -> Bool {
        let bytes = UnsafeRawPointer(start)
        var bits: UInt64 = 0
        var index = 0
        while index + 8 <= count {
            bits |= unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < count {
            bits |= UInt64(unsafe start[index])
            index += 1
        }
        return bits & 0x8080_8080_8080_8080 == 0
    }

    mutating func append(decimal number: UInt64) {
        // Ports are most of them.
        if number < 100_000 { return append(short: UInt32(truncatingIfNeeded: number)) }
        append(decimal: number / 100_000)
        let rest = UInt32(truncatingIfNeeded: number % 100_000)
        reserve(5)
        write(rest, digits: 5)
    }

    private mutating func append(short number: UInt32) {
        let digits =
            number < 100
            ? (number < 10 ? 1 : 2) : number < 1000 ? 3 : number < 10_000 ? 4 : 5
        reserve(digits)
        write(number, digits: digits)
    }

    @inline(__always)
    private mutating func write(_ number: UInt32, digits: Int) {
        var rest = number
        var place = count + digits
        while place > count {
            place -= 1
            unsafe base[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    private mutating func append16(_ number: Int) {
        append(UInt8(truncatingIfNeeded: number))
        append(UInt8(truncatingIfNeeded: number >> 8))
    }

    // MARK: Variables

    /// Begins a variable whose value follows.
    ///
    /// - Returns: what `end` wants.
    @inline(__always)
    mutating func begin(_ key: VariableKey) -> Int {
        reserve(4)
        unsafe base[count] = key.rawValue
        unsafe base[count + 1] = 0
        count += 4
        variableCount += 1
        return count
    }

    /// Begins a variable whose name has no number.
    @inline(__always)
    mutating func begin(literal name: Span<UInt8>, of key: VariableKey = .literal) -> Int {
        reserve(6 + name.count)
        unsafe base[count] = key.rawValue
        unsafe base[count + 1] = 0
        count += 4
        append16(name.count)
        append(name)
        variableCount += 1
        return count
    }

    /// Ends the variable whose value began at `start`, its length in front of it or, with a name
    /// between, in front of that.
    @inline(__always)
    mutating func end(_ start: Int, lengthAt place: Int) {
        let length = count - start
        if length < Int(APUS_LONG_VALUE) {
            unsafe base[place] = UInt8(truncatingIfNeeded: length)
            unsafe base[place + 1] = UInt8(truncatingIfNeeded: length >> 8)
        } else {
            insertLength(length, behind: place + 2)
        }
    }

    @inline(__always)
    mutating func end(_ start: Int) { end(start, lengthAt: start - 2) }

    @inline(never)
    private mutating func insertLength(_ length: Int, behind place: Int) {
        reserve(4)
        unsafe (base + place + 4).update(from: base + place, count: count - place)
        unsafe base[place - 2] = 0xFF
        unsafe base[place - 1] = 0xFF
        for index in 0..<4 {
            unsafe base[place + index] = UInt8(truncatingIfNeeded: length >> (8 * index))
        }
        count += 4
    }

    @inline(__always)
    mutating func append(_ key: VariableKey, _ value: Span<UInt8>) {
        let start = begin(key)
        append(value)
        end(start)
    }

    mutating func append(_ key: VariableKey, _ value: String) {
        let start = begin(key)
        append(value)
        end(start)
    }

    @inline(__always)
    mutating func append(_ key: VariableKey, constant value: StaticString) {
        let bytes = unsafe UnsafeBufferPointer(
            start: value.utf8Start, count: value.utf8CodeUnitCount)
        append(key, unsafe bytes.span)
    }

    mutating func append(_ key: VariableKey, decimal value: UInt64) {
        let start = begin(key)
        append(decimal: value)
        end(start)
    }

    mutating func append(_ key: VariableKey, _ address: SocketAddress) {
        let start = begin(key)
        append(address)
        end(start)
    }

    mutating func append(
        literal name: Span<UInt8>, of key: VariableKey = .literal, _ value: Span<UInt8>
    ) {
        let start = begin(literal: name, of: key)
        append(value)
        end(start, lengthAt: start - name.count - 4)
    }

    /// A field as it came, its name in small letters.
    mutating func append(field name: Span<UInt8>, _ value: Span<UInt8>, of key: VariableKey) {
        let start = begin(literal: name, of: key)
        for index in start - name.count..<start {
            let byte = unsafe base[index]
            if byte >= 0x41, byte <= 0x5A { unsafe base[index] = byte | 0x20 }
        }
        append(value)
        end(start, lengthAt: start - name.count - 4)
    }

    mutating func append(literal name: String, _ value: String) {
        name.withBytes { name in
            value.withBytes { value in append(literal: name, value) }
        }
    }

    /// A variable of any name, by its number where it has one.
    mutating func append(named name: String, _ value: String) {
        let key = VariableKey(name)
        if key == .literal { append(literal: name, value) } else { append(key, value) }
    }

    mutating func append(_ variables: EncodedVariables) {
        append(variables.bytes.span)
        variableCount += variables.count
    }

    private mutating func append(_ address: SocketAddress) {
        guard case .v4(let value) = address.address else { return append(address.host) }
        reserve(15)
        var place = unsafe base + count
        unsafe write(part: value >> 24, &place)
        for shift: UInt32 in [16, 8, 0] {
            unsafe place.pointee = 0x2E
            unsafe place += 1
            unsafe write(part: value >> shift & 255, &place)
        }
        count = unsafe place - base
    }

    /// - Parameter number: below 256.
    @inline(__always)
    private func write(part number: UInt32, _ place: inout UnsafeMutablePointer<UInt8>) {
        if number >= 10 {
            if number >= 100 {
                unsafe place.pointee = UInt8(truncatingIfNeeded: 0x30 + number / 100)
                unsafe place += 1
            }
            unsafe place.pointee = UInt8(truncatingIfNeeded: 0x30 + number / 10 % 10)
            unsafe place += 1
        }
        unsafe place.pointee = UInt8(truncatingIfNeeded: 0x30 + number % 10)
        unsafe place += 1
    }

    // MARK: The whole

    /// Writes the head.
    mutating func finish(_ head: apus_packet) {
        unsafe UnsafeMutableRawPointer(base).storeBytes(of: head, as: apus_packet.self)
    }

    mutating func removeLast(downTo count: Int) { self.count = count }

    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    var bytes: [UInt8] { bytes(from: 0) }

    func bytes(from start: Int) -> [UInt8] {
        unsafe withBytes { unsafe [UInt8]($0[start...]) }
    }
}

/// Variables that have been written down once.
struct EncodedVariables {
    let bytes: [UInt8]
    let count: UInt32
}
