// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// A request method (RFC 9110 section 9).
///
/// Comparing the methods that Apache knows compares a byte; any other token keeps its name.
public struct HTTPMethod: Sendable, Hashable {
    /// The position in `HTTPMethod.names`, or `unknown`.
    let id: UInt8
    /// The name of a method that is not in the table; else empty.
    let otherName: String

    static let unknown: UInt8 = 0xFF

    init(id: UInt8, otherName: String = "") {
        self.id = id
        self.otherName = otherName
    }

    /// The method of that name.
    ///
    /// Names are case-sensitive: `get` is not `GET`.
    public init(_ name: String) {
        self.init(bytes: name.utf8Span.span)
    }

    public init(bytes: Span<UInt8>) {
        if let id = Self.id(of: bytes) {
            self.init(id: id)
        } else {
            self.init(id: Self.unknown, otherName: String(bytes: bytes))
        }
    }

    // The names of methods in the table need not be compared.
    @inline(__always)
    public static func == (left: HTTPMethod, right: HTTPMethod) -> Bool {
        left.id == right.id && (left.id != unknown || left.otherName == right.otherName)
    }

    public var name: String { id == Self.unknown ? otherName : Self.names[Int(id)] }

    /// Apache's number for `<Limit>` and `<LimitExcept>` (M_GET is 0, and HEAD shares it);
    /// nil for a method that is not built in.
    public var number: Int? {
        switch id {
        case Self.unknown: nil
        case 0: 0
        default: Int(id) - 1
        }
    }

    /// Whether a client asks for no change by it (RFC 9110 section 9.2.1).
    public var isSafe: Bool {
        self == .get || self == .head || self == .options || self == .trace || self == .propfind
            || self == .report
    }

    /// Whether asking twice is asking once (RFC 9110 section 9.2.2).
    public var isIdempotent: Bool { isSafe || self == .put || self == .delete }
}

extension HTTPMethod {
    /// HEAD comes first, so that the others stand one after Apache's number of theirs.
    static let names = [
        "HEAD", "GET", "PUT", "POST", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
        "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "VERSION-CONTROL",
        "CHECKOUT", "UNCHECKOUT", "CHECKIN", "UPDATE", "LABEL", "REPORT", "MKWORKSPACE",
        "MKACTIVITY", "BASELINE-CONTROL", "MERGE",
    ]

    public static let head = HTTPMethod(id: 0)
    public static let get = HTTPMethod(id: 1)
    public static let put = HTTPMethod(id: 2)
    public static let post = HTTPMethod(id: 3)
    public static let delete = HTTPMethod(id: 4)
    public static let connect = HTTPMethod(id: 5)
    public static let options = HTTPMethod(id: 6)
    public static let trace = HTTPMethod(id: 7)
    public static let patch = HTTPMethod(id: 8)
    public static let propfind = HTTPMethod(id: 9)
    public static let proppatch = HTTPMethod(id: 10)
    public static let mkcol = HTTPMethod(id: 11)
    public static let copy = HTTPMethod(id: 12)
    public static let move = HTTPMethod(id: 13)
    public static let lock = HTTPMethod(id: 14)
    public static let unlock = HTTPMethod(id: 15)
    public static let report = HTTPMethod(id: 22)

    static func id(of name: Span<UInt8>) -> UInt8? {
        // What nearly every request has, before the table.
        if name.count == 3, name[0] == 0x47, name[1] == 0x45, name[2] == 0x54 { return 1 }
        for (id, known) in names.enumerated() where known.utf8.count == name.count {
            if known.utf8Span.span.equals(name) { return UInt8(id) }
        }
        return nil
    }
}

extension HTTPMethod: CustomStringConvertible {
    public var description: String { name }
}

/// The methods that a server knows: the built-in ones and those of `RegisterHttpMethod`.
public struct MethodRegistry: Sendable {
    private var numbers: [String: Int] = [:]
    /// 26 is Apache's M_INVALID, so numbers are handed out from 27.
    private var next = 27

    public init() {}

    /// Registers a method, and answers its number; nil when all 64 are taken
    /// (`ap_method_register`).
    @discardableResult
    public mutating func register(_ name: String) -> Int? {
        if let number = number(of: HTTPMethod(name)) { return number }
        guard next < 64 else { return nil }
        numbers[name] = next
        next += 1
        return next - 1
    }

    public func number(of method: HTTPMethod) -> Int? {
        method.number ?? numbers[method.otherName]
    }
}
