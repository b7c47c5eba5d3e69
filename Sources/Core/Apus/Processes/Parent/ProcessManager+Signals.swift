// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

extension ProcessManager {
    func handle(_ signal: CInt) {
        switch signal {
        case SIGTERM, SIGINT: stop()
        case SIGWINCH: stopGracefully()
        case SIGHUP: restart(.hard)
        case SIGUSR1: restart(.graceful)
        default: break
        }
    }

    private func stop() {
        if case .stopping(let since, let schedule, true) = phase {
            // It was to be a restart.
            phase = .stopping(since: since, schedule: schedule, restarts: false)
            setup.services.stop()
        } else if phase.isEnding {
            return
        } else {
            beginStopping(restarts: false)
        }
        logAsMPM(
            ProcessMessage(.notice, "\(setup.wording.stopping): caught SIGTERM, shutting down"))
    }

    private func stopGracefully() {
        guard case .serving = phase else { return }
        for pid in children.pids { quiesce(pid) }
        setup.listeners.shutDown()
        setup.pidFile?.remove(log: setup.log)
        logAsMPM(
            ProcessMessage(
                .notice,
                "\(setup.wording.stoppingGracefully): caught SIGWINCH, shutting down gracefully"))
        let limit = setup.gracefulShutdownTimeout
        phase = .draining(until: limit > .zero ? MonotonicClock.now + limit.nanoseconds : nil)
    }

    func beginStopping(restarts: Bool) {
        if !restarts { setup.services.stop() }
        phase = .stopping(
            since: MonotonicClock.now, schedule: ReclaimSchedule(), restarts: restarts)
    }
}

extension ProcessManager.Phase {
    fileprivate var isEnding: Bool {
        switch self {
        case .serving, .draining: false
        case .stopping, .leaving: true
        }
    }
}
