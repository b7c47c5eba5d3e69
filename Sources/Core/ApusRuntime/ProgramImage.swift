// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// A program with its arguments, to be started or to become.
public struct ProgramImage: Sendable, Hashable {
    /// A path, or a name that is looked for in `PATH`.
    public var file: String
    /// The name it is called by, then its arguments.
    public var arguments: [String]

    public init(file: String, arguments: [String]) {
        self.file = file
        self.arguments = arguments
    }

    /// What this process runs, by the path it was started from: after an upgrade that is the
    /// new program.
    public static func current(arguments: [String]) -> ProgramImage {
        let path = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            let length = unsafe readlink("/proc/self/exe", buffer.baseAddress!, 4095)
            guard length > 0 else { return arguments[0] }
            unsafe buffer[length] = 0
            return unsafe String(cString: buffer.baseAddress!)
        }
        return ProgramImage(file: path, arguments: arguments)
    }

    /// Starts it in a process of its own, which reads from the descriptor.
    ///
    /// - Returns: the process id, which the caller waits for.
    public func spawn(standardInput: CInt) throws(SystemError) -> Int32 {
        let pid = unsafe withArgumentVector { unsafe cplatform_spawn(file, $0, standardInput) }
        if pid == -1 { throw .last("posix_spawn") }
        return pid
    }

    /// Replaces this process's image.
    ///
    /// The corresponding C function is `execv`.
    ///
    /// - Returns: only when that failed, with the error.
    public func replaceThisProcess() -> SystemError {
        unsafe withArgumentVector { _ = unsafe execv(file, $0) }
        return .last("execve")
    }

    private func withArgumentVector<Result>(
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var vector = unsafe arguments.map { unsafe strdup($0) }
        unsafe vector.append(nil)
        defer {
            let saved = errno
            unsafe vector.forEach { unsafe free($0) }
            errno = saved
        }
        return unsafe vector.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
    }
}

/// The environment that programs started from here inherit.
public enum ProcessEnvironment {
    public static func value(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Sets a variable, or removes it.
    ///
    /// Only while the process has one thread.
    public static func set(_ name: String, _ value: String?) {
        if let value {
            _ = unsafe setenv(name, value, 1)
        } else {
            _ = unsafe unsetenv(name)
        }
    }
}
