// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A server on loopback that gives one answer to one request.
final class OneAnswer {
    let port: UInt16
    private let listener: Int32
    private let thread: Thread
    private let done = DispatchSemaphore(value: 0)
    private let received = Received()

    /// Written by the thread before it signals, read after waiting for that.
    private final class Received: @unchecked Sendable {
        var text = ""
    }

    init(_ answer: String) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(listener, generic, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard code else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        let (done, received) = (done, received)
        thread = Thread {
            let connection = accept(listener, nil, nil)
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !received.text.hasSuffix("\r\n\r\n") {
                let count = unsafe read(connection, &buffer, buffer.count)
                if count <= 0 { break }
                received.text += String(decoding: buffer[..<count], as: UTF8.self)
            }
            let bytes = Array(answer.utf8)
            _ = unsafe write(connection, bytes, bytes.count)
            // The end for the client, even if what a parallel test starts has a copy of it.
            shutdown(connection, Int32(SHUT_RDWR))
            close(connection)
            done.signal()
        }
        thread.start()
    }

    deinit { close(listener) }

    /// What was asked, once it was answered.
    func request() -> String {
        _ = done.wait(timeout: .now() + 10)
        return received.text
    }
}
