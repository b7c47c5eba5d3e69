// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What joins a new worker to the parent: the control channel, and a pipe for what it writes.
///
/// Without `keep` all of it is closed.
struct WorkerChannels: ~Copyable {
    private let control: FileDescriptor
    private let controlled: FileDescriptor
    private let output: Pipe

    static func make() throws(WorkplaceError) -> WorkerChannels {
        do throws(SystemError) {
            let pair = try SequencedPair(bufferSize: 1 << 18)
            let control = FileDescriptor(owning: pair.sending)
            let controlled = FileDescriptor(owning: pair.reading)
            let output = try Pipe()
            return WorkerChannels(control: control, controlled: controlled, output: output)
        } catch {
            throw WorkplaceError(text: error.call, error: error)
        }
    }

    /// The ends that are for the worker.
    var workerControl: CInt { controlled.rawValue }
    var workerOutput: CInt { output.writeEnd.rawValue }

    /// Hands the parent's ends to somebody who closes them, and closes the worker's.
    consuming func keep() -> (control: CInt, output: CInt) {
        (control.release(), output.takeReadEnd().release())
    }
}
