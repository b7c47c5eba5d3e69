// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A system call that failed; its description is the kernel's words for it.
struct SystemError: Error, Equatable, CustomStringConvertible {
    let code: Int32

    init(_ code: Int32 = errno) { self.code = code }

    var description: String {
        unsafe String(cString: strerror(code))
    }
}
