// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What did not come true, or a call that failed, in words for the one who reads the test's output.
public struct SupportError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    /// The failure of a system call, with the reason from `errno`.
    static func call(_ name: String) -> SupportError {
        let reason = unsafe String(cString: strerror(errno))
        return SupportError("\(name): \(reason)")
    }
}

/// A moment that something must happen before.
public struct Deadline: Sendable {
    let moment: ContinuousClock.Instant

    public init(after duration: Duration) {
        moment = .now + duration
    }

    var hasPassed: Bool { .now >= moment }

    /// For `poll`, at least one so that the last wait is not a spin.
    var milliseconds: Int32 {
        let left = (moment - .now).components
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
        return Int32(clamping: max(1, milliseconds))
    }
}

/// Looks at a condition again and again until it holds.
///
/// This is the one place where a test pauses, a few milliseconds at a time.
///
/// - Throws: `SupportError` when the bound has passed.
public func wait(
    for what: @autoclosure () -> String, within bound: Duration = .seconds(45),
    until condition: () throws -> Bool
) throws {
    let deadline = Deadline(after: bound)
    var pause: Int32 = 1
    while try !condition() {
        if deadline.hasPassed { throw SupportError("no \(what()) within \(bound)") }
        poll(nil, 0, pause)
        pause = min(pause * 2, 16)
    }
}
