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

    init(_ content: RequestBody, _ input: Channel, _ script: Script) {
        self.content = content
        self.input = input
        self.script = script
    }

    /// - Parameter program: what ends when the content can not be read: half of it must not pass
    ///   for the whole.
    func start(on loop: EventLoop, whenFailed program: RunningProgram) {
        let both = LoopConfined((body: self, program: program))
        Task(executorPreference: loop) {
            await both.value.body.pass()
            if both.value.body.failure != nil { both.value.program.terminate() }
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
                    .error, "AH02651",
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
