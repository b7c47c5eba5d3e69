// SPDX-License-Identifier: Apache-2.0

internal import CAPR

/// A lock between processes, made before they fork.
///
/// The corresponding C type is `apr_proc_mutex_t`, the directive that chooses is `Mutex`.
@safe public struct ProcessMutex: ~Copyable {
    /// How the lock is made; the names are those of the `Mutex` directive.
    public enum Mechanism: String, Sendable, CaseIterable {
        case automatic = "default"
        case fileLock = "flock"
        case recordLock = "fcntl"
        case semaphoreArray = "sysvsem"
        case semaphore = "posixsem"
        case processSharedThreadMutex = "pthread"
    }

    private let pool: Pool
    private var raw: OpaquePointer

    /// Creates an unlocked mutex.
    ///
    /// - Parameter path: the file that `flock` and `fcntl` lock; the others ignore it.
    public init(_ mechanism: Mechanism = .automatic, path: String? = nil) throws(APRError) {
        let pool = try Pool()
        var created: OpaquePointer?
        try unsafe check(
            apr_proc_mutex_create(&created, path, mechanism.aprMechanism, pool.raw))
        unsafe raw = created!
        self.pool = pool
    }

    /// Opens the lock again in a child process, which some mechanisms need after the fork.
    public mutating func childInit() throws(APRError) {
        let path = unsafe apr_proc_mutex_lockfile(raw)
        var reopened: OpaquePointer? = unsafe raw
        try unsafe check(apr_proc_mutex_child_init(&reopened, path, pool.raw))
        unsafe raw = reopened!
    }

    /// The name of the mechanism in use, which tells what `automatic` chose.
    public var mechanismName: String { unsafe String(cString: apr_proc_mutex_name(raw)) }

    public func lock() throws(APRError) { try unsafe check(apr_proc_mutex_lock(raw)) }

    public func unlock() throws(APRError) { try unsafe check(apr_proc_mutex_unlock(raw)) }

    /// Takes the lock if no process holds it.
    public func tryLock() throws(APRError) -> Bool {
        let status = unsafe apr_proc_mutex_trylock(raw)
        if capr_status_is_busy(status) != 0 { return false }
        try check(status)
        return true
    }

    /// Runs the body while this process holds the lock.
    public func withLock<Result: ~Copyable>(_ body: () -> Result) throws(APRError) -> Result {
        try lock()
        let result = body()
        try unlock()
        return result
    }
}

extension ProcessMutex.Mechanism {
    fileprivate var aprMechanism: apr_lockmech_e {
        switch self {
        case .automatic: APR_LOCK_DEFAULT
        case .fileLock: APR_LOCK_FLOCK
        case .recordLock: APR_LOCK_FCNTL
        case .semaphoreArray: APR_LOCK_SYSVSEM
        case .semaphore: APR_LOCK_POSIXSEM
        case .processSharedThreadMutex: APR_LOCK_PROC_PTHREAD
        }
    }
}
