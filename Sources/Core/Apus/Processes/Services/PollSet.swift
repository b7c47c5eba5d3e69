// SPDX-License-Identifier: Apache-2.0

// A poll over an array, and not an epoll instance: children inherit what the parent has open, and
// a descriptor that a child still holds would stay in an epoll instance that they share with the
// parent. The parent waits a few times a second, for some hundred descriptors at most.

import ApusRuntime
internal import Glibc

/// What the parent waits for beside its signals: descriptors, and moments when something is due.
final class PollSet {
    private struct Watch {
        let interest: Readiness
        let number: Int
        let handler: (Readiness) -> Void
    }

    /// A descriptor that is ready, with the number of its watch: by the time it is told of, the
    /// descriptor may be another file's.
    private struct Event {
        let descriptor: CInt
        let number: Int
        let readiness: Readiness
    }

    private var watches: [CInt: Watch] = [:]
    private var events: [Event] = []
    private var lastNumber = 0
    /// The one due last stands first.
    private var timers: [ParentTimer] = []

    func watch(
        _ descriptor: CInt, for interest: Readiness, _ handler: @escaping (Readiness) -> Void
    ) {
        lastNumber += 1
        watches[descriptor] = Watch(interest: interest, number: lastNumber, handler: handler)
    }

    func unwatch(_ descriptor: CInt) { watches[descriptor] = nil }

    func schedule(at time: Int64, _ action: @escaping () -> Void) -> ParentTimer {
        let timer = ParentTimer(time, self, action)
        let index = timers.firstIndex { $0.time < time } ?? timers.endIndex
        timers.insert(timer, at: index)
        return timer
    }

    func remove(_ timer: ParentTimer) { timers.removeAll { $0 === timer } }

    /// Waits until a descriptor is ready, the first among them, or something is due.
    func wait(with first: CInt, until time: Int64) {
        var waiting = [pollfd(fd: first, events: Int16(POLLIN), revents: 0)]
        for (descriptor, watch) in watches {
            waiting.append(
                pollfd(fd: descriptor, events: watch.interest.pollEvents, revents: 0))
        }
        let pause = max(0, min(time, timers.last?.time ?? .max) - MonotonicClock.now)
        // Rounded up, or the last fraction of a millisecond would be spent turning round.
        let milliseconds = pause == 0 ? 0 : CInt(clamping: pause / 1_000_000 + 1)
        let count = unsafe poll(&waiting, nfds_t(waiting.count), milliseconds)
        events = count > 0 ? waiting.dropFirst().compactMap(event) : []
    }

    private func event(_ waited: pollfd) -> Event? {
        guard waited.revents != 0, let watch = watches[waited.fd] else { return nil }
        // Closed without a word; it would be reported for ever.
        if CInt(waited.revents) & POLLNVAL != 0 {
            unwatch(waited.fd)
            return nil
        }
        return Event(
            descriptor: waited.fd, number: watch.number,
            readiness: Readiness(pollEvents: waited.revents))
    }

    /// Tells of the descriptors that the last wait found ready, and of what is due.
    func dispatch() {
        for event in events {
            guard let watch = watches[event.descriptor], watch.number == event.number else {
                continue
            }
            watch.handler(event.readiness)
        }
        events = []
        let now = MonotonicClock.now
        while let timer = timers.last, timer.time <= now {
            timers.removeLast()
            timer.fire()
        }
    }
}

/// Something that the parent does at a time, once.
public final class ParentTimer {
    /// By the monotonic clock, in nanoseconds.
    public let time: Int64
    private weak var set: PollSet?
    private let action: () -> Void

    init(_ time: Int64, _ set: PollSet, _ action: @escaping () -> Void) {
        self.time = time
        self.set = set
        self.action = action
    }

    public func cancel() { set?.remove(self) }

    func fire() { action() }
}

extension Readiness {
    fileprivate var pollEvents: Int16 {
        (contains(.readable) ? Int16(POLLIN) : 0) | (contains(.writable) ? Int16(POLLOUT) : 0)
    }

    fileprivate init(pollEvents events: Int16) {
        self = []
        if CInt(events) & POLLIN != 0 { insert(.readable) }
        if CInt(events) & POLLOUT != 0 { insert(.writable) }
        if CInt(events) & (POLLHUP | POLLERR) != 0 { formUnion(.hangUp) }
    }
}
