// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime
internal import Glibc

/// The file that names the running parent, where `httpd -k` finds it.
public struct PIDFile: Sendable, Hashable {
    public let path: String

    public init(path: String) { self.path = path }

    /// Writes the number of this process, whole or not at all.
    ///
    /// - Parameter isRestart: the file is our own from before the restart.
    func write(isRestart: Bool, log: ProcessLog) throws(SystemError) {
        if !isRestart, unsafe access(path, F_OK) == 0 {
            log(
                ProcessMessage(
                    .warning,
                    "AH00098: pid file \(path) overwritten -- "
                        + "Unclean shutdown of previous Apache run?"))
        }
        let temporary = "\(path).\(getpid())"
        do throws(SystemError) {
            let file = try FileDescriptor(
                opening: temporary, O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o644)
            try file.write(Array("\(getpid())\n".utf8).span)
            guard unsafe rename(temporary, path) == 0 else { throw .last("rename") }
        } catch {
            log(ProcessMessage(.error, "AH00099: could not create \(temporary)", error))
            log(ProcessMessage(.error, "AH00100: httpd: could not log pid to file \(path)"))
            throw error
        }
    }

    /// Removes the file at shutdown.
    func remove(log: ProcessLog) {
        if unsafe unlink(path) == 0 {
            log(ProcessMessage(.info, "AH00096: removed PID file \(path) (pid=\(getpid()))"))
        } else {
            let error = SystemError.last("unlink")
            log(ProcessMessage(.error, "AH00095: failed to remove PID file \(path)", error))
        }
    }

    /// What the file says.
    public enum Content: Sendable, Hashable {
        case missing
        case pid(Int32)
        /// Neither missing nor a number.
        case unreadable(SystemError?)
    }

    public func read() -> Content {
        do throws(SystemError) {
            let bytes = try FileDescriptor(opening: path, O_RDONLY).read(upTo: 64)
            let digits = bytes.prefix { (48...57).contains($0) }
            guard let pid = Int32(String(decoding: digits, as: UTF8.self)), pid > 0 else {
                return .unreadable(nil)
            }
            return .pid(pid)
        } catch {
            return error.code == ENOENT ? .missing : .unreadable(error)
        }
    }
}
