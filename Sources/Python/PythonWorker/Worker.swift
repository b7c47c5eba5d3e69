// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// What the bootstrap has given for the extension to call.
@safe
struct Hooks {
    /// Of script and callable; see `Applications.find`.
    var load: OpaquePointer
    /// Of script and environ: the content of the answer, or None if the script cannot be loaded.
    var authorize: OpaquePointer
    /// Of script and an exception's type, value and traceback.
    var report: OpaquePointer
    /// The type of `wsgi.file_wrapper`.
    var fileWrapper: OpaquePointer
}

/// The process.
///
/// It is set up by one thread before there are others, and guarded by the GIL then.
enum Worker {
    nonisolated(unsafe) static var scoreboard: Scoreboard! = nil
    nonisolated(unsafe) static var hooks: Hooks! = nil
    nonisolated(unsafe) static var keys: Keys! = nil
    nonisolated(unsafe) static var environ: Environ! = nil
    nonisolated(unsafe) static var applications: Applications! = nil
    nonisolated(unsafe) static var slots: [Slot] = []

    static var control: Int32 { Int32(APUS_CONTROL_DESCRIPTOR) }
    static var queue: Int32 { Int32(APUS_QUEUE_DESCRIPTOR) }

    // Types of what the application is given.
    nonisolated(unsafe) static var inputType: OpaquePointer? = nil
    nonisolated(unsafe) static var startResponseType: OpaquePointer? = nil
    nonisolated(unsafe) static var writeType: OpaquePointer? = nil
    nonisolated(unsafe) static var closeName: OpaquePointer? = nil

    /// After so many requests the parent is asked for a successor; 0 for never.
    nonisolated(unsafe) static var requestLimit: UInt64 = 0

    /// The slot of the thread that runs this.
    static var current: Slot? {
        guard let value = unsafe apus_thread_value() else { return nil }
        return unsafe Unmanaged<Slot>.fromOpaque(value).takeUnretainedValue()
    }

    /// The same, if the application has a request in it.
    static var currentOpen: Slot? {
        guard let slot = current, slot.isOpen, !slot.isWaiting else { return nil }
        return slot
    }

    /// The same, if the front still takes messages of the request; else they go to standard error.
    static var currentTelling: Slot? {
        guard let slot = currentOpen, !slot.isTold else { return nil }
        return slot
    }

    /// Asks the parent to replace this process, which goes on until it is told to stop.
    static func retire() {
        var message = Bytes(capacity: 64)
        message.append("retire\0cause\0maximum-requests")
        _ = unsafe apus_send(control, message.start, UInt64(message.count), nil, 0, -1)
    }

    /// Wakes the threads that wait for a packet, for they shall leave.
    ///
    /// - Returns: how many have not left.
    static func wake() -> Int {
        apus_wake_sleeping()
        var count = 0
        for slot in unsafe slots {
            let thread = unsafe apus_load32(&slot.line.pointee.thread)
            guard thread != 0 else { continue }
            count += 1
            if unsafe apus_load64(&slot.line.pointee.request) == 0 { apus_wake_thread(thread) }
        }
        return count
    }
}
