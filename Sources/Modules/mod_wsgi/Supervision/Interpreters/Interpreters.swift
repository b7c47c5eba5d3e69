// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The interpreters that the configuration speaks of, each asked once what it is.
final class Interpreters {
    private var known: [InterpreterChoice: Result<Interpreter, InterpreterError>] = [:]
    private let searchPath: String

    /// How long an interpreter may take to say what it is, on a machine that is busy.
    private static let limit = Duration.seconds(20)
    /// execvp's, where there is no `PATH`.
    private static let usualSearchPath = "/usr/local/bin:/usr/bin:/bin"

    init() { searchPath = ProcessEnvironment.value("PATH") ?? Self.usualSearchPath }

    /// What is chosen.
    ///
    /// Waits for its answer the first time, so this is for the start of a server.
    func interpreter(_ choice: InterpreterChoice) throws(InterpreterError) -> Interpreter {
        if let result = known[choice] { return try result.get() }
        let result = probe(choice)
        known[choice] = result
        return try result.get()
    }

    private func probe(_ choice: InterpreterChoice) -> Result<Interpreter, InterpreterError> {
        do throws(InterpreterError) {
            let path = try choice.find(in: searchPath, isProgram: Self.isProgram)
            let answer = try Self.ask(path)
            return .success(try Interpreter(path: path, answer: answer))
        } catch {
            return .failure(error)
        }
    }

    private static func isProgram(_ path: String) -> Bool {
        guard let status = FileStatus(of: path), status.isRegular else { return false }
        return unsafe path.withFileSystemPath { unsafe access($0, X_OK) } == 0
    }

    private static func ask(_ path: String) throws(InterpreterError) -> String {
        let answer: ProgramAnswer
        do throws(SystemError) {
            answer = try ProgramAnswer(of: path, ["-I", "-c", Interpreter.question], within: limit)
        } catch {
            throw InterpreterError(path: path, reason: "\(error)")
        }
        switch answer.exit {
        case .exited(status: 0): return answer.text
        case nil: throw InterpreterError(path: path, reason: "it did not answer in time")
        case .some(let exit):
            let last = answer.text.split(separator: "\n").last.map { ": \($0)" } ?? ""
            throw InterpreterError(
                path: path, reason: "it ended with \(SetSupervisor.describe(exit))\(last)")
        }
    }
}
