// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime
internal import Synchronization
internal import Glibc

// prefork and worker give each connection a thread, so code that blocks runs where it stands. The
// event MPM has one loop for many connections and hands such code to ThreadsPerChild threads,
// which are started when they are first needed: a server of static files never has them.

/// Runs code that blocks.
public final class BlockingWork: Sendable {
    private struct State {
        var queue: [@Sendable () -> Void] = []
        var idle = 0
        var threads = 0
    }

    /// The most threads there may be; 0: the caller's own thread.
    private let limit: Int
    private let state = Mutex(State())
    private let available = Semaphore()

    public init(threads limit: Int) { self.limit = limit }

    /// Runs `body`, and goes on where the caller is when it has ended.
    public func run<Result: Sendable>(
        on loop: EventLoop, _ body: @escaping @Sendable () -> Result
    ) async -> Result {
        if limit == 0 { return body() }
        let result = ResultBox<Result>()
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            submit {
                let value = body()
                result.value.withLock { $0 = value }
                unsafe continuation.resume()
            }
        }
        return result.value.withLock { $0! }
    }

    private final class ResultBox<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    private func submit(_ work: @escaping @Sendable () -> Void) {
        let needsThread = state.withLock { state in
            state.queue.append(work)
            guard state.idle < state.queue.count, state.threads < limit else { return false }
            state.threads += 1
            return true
        }
        if needsThread { startThread() }
        available.signal()
    }

    private func startThread() {
        Thread.start { [self] in
            while true {
                state.withLock { $0.idle += 1 }
                available.wait()
                let work = state.withLock { state in
                    state.idle -= 1
                    return state.queue.isEmpty ? nil : state.queue.removeFirst()
                }
                work?()
            }
        }
    }
}
