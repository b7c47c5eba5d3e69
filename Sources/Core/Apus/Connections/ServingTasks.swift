// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

// A task costs about as much to make as the head of a request costs to read: the task itself, its
// preference for the loop, and memory for the frames of the async functions it calls. So a task
// that is done with a connection goes on to the next one, with the memory it has, and waits when
// there is none. A connection still takes no task while it idles.
//
// To resume a task costs a fifth of that, and most requests are answered without any waiting. So
// one task is resumed for all connections that become ready in a turn; should it have to wait with
// one of them, the others get tasks of their own at the end of the turn.

/// The tasks that serve a loop's connections, each one connection after another.
@safe final class ServingTasks: TurnHandler {
    /// Those that wait beyond this number end, and give their memory back.
    private static let mostIdle = 32

    private let loop: EventLoop
    /// Connections that no task has taken up yet, from `first` on.
    private var ready: [HTTP1Connection?] = []
    private var first = 0
    /// A task takes up, in this turn, what is ready.
    private var isUnderWay = false
    private var idle: [UnsafeContinuation<Void, Never>] = unsafe []

    init(_ loop: EventLoop) { self.loop = loop }

    /// Lets a task serve the connection, in this turn of the loop or at the beginning of the next.
    func serve(_ connection: HTTP1Connection) {
        var queue = ready.take()
        queue.append(connection)
        ready.putBack(&queue)
        if isUnderWay { return }
        isUnderWay = true
        resumeOne()
        loop.atEndOfTurn(self)
    }

    func turnEnded() {
        isUnderWay = false
        for _ in first..<ready.count { resumeOne() }
    }

    private func resumeOne() {
        if let task = unsafe takeIdle() {
            unsafe task.resume()
        } else {
            let tasks = LoopConfined(self)
            Task(executorPreference: loop) { await tasks.value.run() }
        }
    }

    @concurrent private func run() async {
        while true {
            while let connection = takeReady() { await connection.serve() }
            guard unsafe idle.count < Self.mostIdle else { return }
            unsafe await withUnsafeContinuation { unsafe rest($0) }
        }
    }

    private func rest(_ task: UnsafeContinuation<Void, Never>) {
        var waiting = unsafe idle.take()
        unsafe waiting.append(task)
        unsafe idle = waiting
    }

    private func takeIdle() -> UnsafeContinuation<Void, Never>? {
        var waiting = unsafe idle.take()
        let task = unsafe waiting.popLast()
        unsafe idle = waiting
        return unsafe task
    }

    private func takeReady() -> HTTP1Connection? {
        guard first < ready.count else { return nil }
        var queue = ready.take()
        let connection = queue[first].take()
        first += 1
        if first == queue.count {
            queue.removeAll(keepingCapacity: true)
            first = 0
        }
        ready.putBack(&queue)
        return connection
    }
}
