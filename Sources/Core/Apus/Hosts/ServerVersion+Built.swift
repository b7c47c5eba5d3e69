// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

extension ServerVersion {
    /// When the program was built, as httpd tells it: `2026-11-21T13:24:16`, UTC.
    ///
    /// It is the time of the program's file, for a date compiled in would make every build
    /// differ from the last.
    public static let built: String = {
        guard let program = FileStatus(of: "/proc/self/exe") else { return "unknown" }
        var seconds = time_t(program.modified)
        var parts = tm()
        unsafe gmtime_r(&seconds, &parts)
        return unsafe String(unsafeUninitializedCapacity: 32) { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe strftime($0.baseAddress, 32, "%Y-%m-%dT%H:%M:%S", &parts)
            }
        }
    }()
}
