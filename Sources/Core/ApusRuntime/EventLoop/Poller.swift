// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// What happened to a descriptor.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    public static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer has closed its side, or the whole connection is gone.
    public static let hangUp = Readiness(
        rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue)
}

/// How a descriptor is watched.
public enum WatchMode: Sendable {
    /// Each change is told once: whoever is told reads, or writes, until the kernel says wait.
    case edge
    /// Told as long as the condition holds.
    case level
    /// As level, and of several loops that watch the same listener only one is woken.
    case exclusive

    var events: UInt32 {
        switch self {
        case .edge:
            EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        case .level: EPOLLIN.rawValue
        case .exclusive: EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue
        }
    }
}

/// An epoll instance.
///
/// The token of a descriptor comes back with each of its events.
@safe
struct Poller: ~Copyable {
    private let epoll: CInt
    private let events: UnsafeMutableBufferPointer<epoll_event>

    init() throws(SystemError) {
        epoll = try retrying("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) }
        unsafe events = .allocate(capacity: 256)
    }

    deinit {
        _ = close(epoll)
        unsafe events.deallocate()
    }

    func add(_ descriptor: CInt, mode: WatchMode, token: UInt64) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = mode.events
        unsafe event.data.u64 = token
        _ = try retrying("epoll_ctl") { unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) }
    }

    func remove(_ descriptor: CInt) {
        _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Waits for events, at most `milliseconds` (-1: for ever).
    ///
    /// - Returns: how many there are for `forEach`.
    func wait(milliseconds: CInt) -> Int {
        let count = unsafe epoll_wait(epoll, events.baseAddress!, CInt(events.count), milliseconds)
        return max(0, Int(count))
    }

    /// Hands on the first `count` events of the last wait.
    func forEach(_ count: Int, _ body: (UInt64, Readiness) -> Void) {
        for index in 0..<count {
            let event = unsafe events[index]
            unsafe body(event.data.u64, Readiness(rawValue: event.events))
        }
    }
}
