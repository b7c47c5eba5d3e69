// SPDX-License-Identifier: Apache-2.0

// Workers that a template forks are no children of this process. It knows them by a handle
// (pidfd_open), which tells of their end whoever reaps them, and through which no signal reaches
// anybody else. How they ended only the template can tell.

internal import Apus
internal import CWorkerProtocol
internal import Glibc

extension ProcessWorkplace {
    /// Has a template fork a worker, which then says `hello` on its own control channel.
    ///
    /// A template that ends before it has read this closes the worker's end of the channel.
    func fork(
        _ order: WorkerOrder, from template: Int32, for supervisor: SetSupervisor
    ) throws(WorkplaceError) -> Int32 {
        guard let process = processes[template] else {
            throw WorkplaceError(text: "its template has gone")
        }
        let channels = try WorkerChannels.make()
        var message = ControlMessage("fork")
        message.add("process", order.place)
        message.add("maximum-requests", order.maximumRequests)
        let door = order.generation.doorPairs[order.place].reading
        let descriptors = [channels.workerControl, door, channels.workerOutput]
        guard process.send(message, with: descriptors) else {
            throw WorkplaceError(text: "its template does not listen")
        }
        lastNumber = lastNumber == .min ? -1 : lastNumber - 1
        let number = lastNumber
        let worker = hold(number, channels.keep(), supervisor)
        worker.template = template
        worker.closed = { [unowned self, weak supervisor, weak worker] in
            if let supervisor, let worker, worker.pid < 0 { finish(worker, nil, supervisor) }
        }
        return number
    }

    /// A worker says who it is.
    ///
    /// The application has run by then and may say anything, so that what it names has to be of
    /// the template's session, which nobody else can join.
    func forked(_ number: Int32, _ message: ControlMessage, _ supervisor: SetSupervisor) {
        guard let process = processes[number] else { return }
        guard let pid = message["pid"].flatMap({ Int32($0) }), pid > 0, processes[pid] == nil else {
            return finish(process, nil, supervisor)
        }
        process.handle = apus_process_open(pid)
        guard process.handle >= 0, getsid(pid) == process.template else {
            return finish(process, nil, supervisor)
        }
        processes[number] = nil
        processes[pid] = process
        process.pid = pid
        process.output.pid = pid
        supervisor.forked(number, as: pid)
        watchEnd(of: process, supervisor)
    }

    /// Takes over a worker that a template of the image before has forked.
    func adoptForked(_ worker: InheritedWorker, for supervisor: SetSupervisor) {
        let process = hold(worker.pid, (worker.control, worker.output), supervisor)
        process.handle = worker.handle
        watchEnd(of: process, supervisor)
    }

    // MARK: Ends

    private func watchEnd(of process: WorkerProcess, _ supervisor: SetSupervisor) {
        parent.watch(process.handle, for: .readable) {
            [unowned self, weak process, weak supervisor] _ in
            guard let process, let supervisor else { return }
            parent.unwatch(process.handle)
            askHow(process, supervisor)
        }
    }

    /// A worker has ended: its template, while there is one, says how.
    private func askHow(_ process: WorkerProcess, _ supervisor: SetSupervisor) {
        guard let template = process.template, let parentProcess = processes[template],
            parentProcess.control >= 0
        else { return finish(process, nil, supervisor) }
        // It may have begun to wait for messages just before it heard of the end.
        parentProcess.send(ControlMessage("reap"))
        parent.schedule(after: Self.answerTime) { [weak self, weak process, weak supervisor] in
            if let self, let process, let supervisor { self.finish(process, nil, supervisor) }
        }
    }

    /// A template that does not answer is about to end too.
    private static let answerTime = Duration.seconds(3)

    /// A template says that a worker of its has ended.
    func ended(
        _ message: ControlMessage, toldBy template: Int32, _ supervisor: SetSupervisor
    ) {
        guard let pid = message["pid"].flatMap({ Int32($0) }),
            let status = message["status"].flatMap({ CInt($0) }),
            let process = processes[pid], process.template == template
        else { return }
        finish(process, ChildExit(waitStatus: status), supervisor)
    }

    private func finish(
        _ process: WorkerProcess, _ exit: ChildExit?, _ supervisor: SetSupervisor
    ) {
        guard processes[process.pid] === process else { return }
        processes[process.pid] = nil
        process.finish()
        supervisor.ended(process.pid, exit)
    }

    // MARK: Signals

    func signal(_ process: WorkerProcess, _ signal: WorkerSignal) {
        guard process.pid > 0 else {
            // The template is stuck, then, and with it all that is to be forked.
            if signal == .kill, let template = process.template { self.signal(template, .kill) }
            return
        }
        // APUS_DUMP_SIGNAL, whose number the library decides when it runs.
        let number =
            switch signal {
            case .terminate: SIGTERM
            case .kill: SIGKILL
            case .dump: __libc_current_sigrtmax() - 2
            }
        // While the process is there, its number is nobody else's, nor that of its group.
        guard apus_process_signal(process.handle, 0) == 0 else { return }
        if signal != .dump, getpgid(process.pid) == process.pid {
            _ = kill(-process.pid, number)
        } else {
            _ = apus_process_signal(process.handle, number)
        }
    }
}
