// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A POSIX thread.
///
/// Started in children only: the parent stays single-threaded, for it forks.
public enum Thread {
    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread that nobody joins.
    ///
    /// Signals are left to the thread that has them now.
    public static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
        var all = sigset_t()
        var before = sigset_t()
        _ = unsafe sigfillset(&all)
        _ = unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, start)
        _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        precondition(result == 0, "the child has no memory left for a thread")
        pthread_detach(thread)
    }
}

/// A counting semaphore for threads of one process.
@safe
public final class Semaphore: @unchecked Sendable {
    // sem_post and sem_wait may be called from any thread.
    private let semaphore: UnsafeMutablePointer<sem_t>

    public init() {
        unsafe semaphore = .allocate(capacity: 1)
        _ = unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        _ = unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    public func signal() { _ = unsafe sem_post(semaphore) }
    public func wait() { while unsafe sem_wait(semaphore) == -1 {} }
}
