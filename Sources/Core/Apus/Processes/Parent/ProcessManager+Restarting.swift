// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

extension ProcessManager {
    func restart(_ kind: RestartKind) {
        guard case .serving = phase else { return }
        if check != nil {
            // The configuration may have changed since that check began, so there will be another.
            wantedRestart = kind
            return
        }
        do throws(SystemError) {
            check = Box(try ConfigurationCheck(setup.checkConfiguration))
            checkedRestart = kind
        } catch {
            logAsMPM(ProcessMessage(.error, "\(setup.wording.cannotFork): fork", error))
        }
    }

    func finishCheck(_ exit: ChildExit) {
        let problem = check?.value.problem(exit)
        check = nil
        if let next = wantedRestart {
            wantedRestart = nil
            restart(next)
            return
        }
        guard case .serving = phase else { return }
        if let problem {
            for line in problem.split(separator: "\n") {
                setup.log(ProcessMessage(.error, String(line)))
            }
            setup.log(
                ProcessMessage(
                    .error, "configuration error: not restarting, the server goes on as it was"))
            return
        }
        switch checkedRestart {
        case .graceful:
            logAsMPM(ProcessMessage(.notice, setup.wording.restartingGracefully))
            replaceImage(isGraceful: true)
        case .hard:
            logAsMPM(ProcessMessage(.notice, setup.wording.restarting))
            beginStopping(restarts: true)
        }
    }

    /// Comes back only when the image could not be replaced; the server then goes on.
    func replaceImage(isGraceful: Bool) {
        Signals.block()
        // What was told since the last look is for the image that follows.
        for signal in signals.take() { kill(getpid(), signal) }
        do throws(SystemError) {
            let state = restartState(isGraceful: isGraceful)
            let table = try SharedMemory.file(holding: state.text(pid: getpid()))
            setInherited(state.descriptors + [table.rawValue], true)
            ProcessEnvironment.set(RestartState.variable, "\(table.rawValue)")
            let error = setup.image.replaceThisProcess()
            ProcessEnvironment.set(RestartState.variable, nil)
            setInherited(state.descriptors, false)
            throw error
        } catch {
            Signals.unblock()
            let text = "cannot restart: \(setup.image.file)"
            setup.log(ProcessMessage(.alert, text, error))
        }
    }

    private func restartState(isGraceful: Bool) -> RestartState {
        RestartState(
            generation: generation, isGraceful: isGraceful, lifelineRead: lifelineRead.rawValue,
            lifelineWrite: lifelineWrite.rawValue, scoreboard: scoreboard.descriptor,
            serverLimit: setup.plan.serverLimit, threadLimit: setup.plan.threadLimit,
            sockets: setup.listeners.all.filter { $0.descriptor >= 0 }.map { listener in
                RestartState.Socket(
                    descriptor: listener.descriptor, port: listener.port,
                    protocolName: listener.protocolName, address: listener.address)
            },
            children: children.children.map { pid, child in
                RestartState.Child(pid: pid, slot: child.slot, generation: child.generation)
            }, services: setup.services.handOn(isGraceful: isGraceful))
    }

    private func setInherited(_ descriptors: [CInt], _ isInherited: Bool) {
        for descriptor in descriptors {
            _ = fcntl(descriptor, F_SETFD, isInherited ? 0 : FD_CLOEXEC)
        }
    }
}
