// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Hands a request's content to a script while the script already answers.
final class ScriptBody {
    private let content: RequestBody
    private let input: Channel
    private let script: Script
    private var isStopped = false
    /// Why the content could not be read to its end.
    private(set) var failure: RequestError?
    /// Whether all of it has been handed on, or no more of it will be.
    private(set) var isOver = false

    init(_ content: RequestBody, _ input: Channel, _ script: Script) {
        self.content = content
        self.input = input
        self.script = script
    }

    /// - Parameters:
    ///   - program: what ends when the content can not be read: half of it must not pass
    ///     for the whole.
    ///   - output: is woken at the end, for a reader that holds the response back until then.
    func start(on loop: EventLoop, whenFailed program: RunningProgram, waking output: Channel) {
        let parts = LoopConfined((body: self, program: program, output: output))
        Task(executorPreference: loop) {
            await parts.value.body.pass()
            parts.value.body.isOver = true
            if parts.value.body.failure != nil { parts.value.program.terminate() }
            parts.value.output.wakeReader()
        }
    }

    /// The script is not interested any more.
    func stop() {
        isStopped = true
        input.close()
    }

    private func pass() async {
        var piece: [UInt8] = []
        while !isStopped {
            piece.removeAll(keepingCapacity: true)
            do throws(RequestError) {
                if try await content.read(into: &piece, limit: 16384) == 0 { break }
            } catch {
                if !isStopped { failure = error }
                break
            }
            describe(piece)
            if isStopped { return }
            do throws(ChannelError) {
                try await input.writeAll(piece, patience: script.patience)
            } catch {
                // Many scripts do not read all they are given.
                script.logger.log(
                    .info, "AH02651",
                    "Error writing request body to script \(script.filename)")
                break
            }
        }
        input.close()
    }

    private func describe(_ piece: [UInt8]) {
        guard let log = script.log else { return }
        log.body += piece.prefix(max(0, log.longestBody - log.body.count))
    }
}
