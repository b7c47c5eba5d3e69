// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The interpreters that the configuration speaks of, each asked once what it is.
final class Interpreters {
    private struct Question: Hashable {
        let choice: InterpreterChoice
        let asker: ProgramIdentity
    }

    private var known: [Question: Result<Interpreter, InterpreterError>] = [:]
    private let searchPath: String

    /// How long an interpreter may take to say what it is, on a machine that is busy.
    private static let limit = Duration.seconds(20)
    /// execvp's, where there is no `PATH`.
    private static let usualSearchPath = "/usr/local/bin:/usr/bin:/bin"

    init() { searchPath = ProcessEnvironment.value("PATH") ?? Self.usualSearchPath }

    /// What is chosen.
    ///
    /// Waits for its answer the first time, so this is for the start of a server.
    ///
    /// - Parameter identity: whose processes are to be. What root finds first in its `PATH` may be
    ///   below a folder that only root may enter.
    func interpreter(
        _ choice: InterpreterChoice, for identity: ProgramIdentity
    ) throws(InterpreterError) -> Interpreter {
        let question = Question(choice: choice, asker: Self.asker(identity))
        if let result = known[question] { return try result.get() }
        let result = probe(question)
        known[question] = result
        return try result.get()
    }

    /// That of the workers of a group.
    func interpreter(
        of group: ProcessGroup, _ settings: PythonSettings, _ privileges: Privileges
    ) throws(InterpreterError) -> Interpreter {
        try interpreter(
            InterpreterChoice(
                home: group.pythonHome ?? settings.home, program: settings.interpreter),
            for: ProgramIdentity(ofWorkersOf: group, privileges, isRoot: geteuid() == 0))
    }

    /// What is in another root directory can only be seen from there, which is not tried.
    private static func asker(_ identity: ProgramIdentity) -> ProgramIdentity {
        // Without `User` there is nobody whom a process could become.
        if identity.rootDirectory != nil || identity.user == .max { return ProgramIdentity() }
        return identity
    }

    private func probe(_ question: Question) -> Result<Interpreter, InterpreterError> {
        let paths: [String]
        do throws(InterpreterError) {
            paths = try question.choice.find(in: searchPath, isProgram: Self.isProgram)
        } catch {
            return .failure(error)
        }
        var first: InterpreterError?
        for path in paths {
            do throws(InterpreterError) {
                let answer = try Self.ask(path, as: question.asker)
                return .success(try Interpreter(path: path, answer: answer))
            } catch {
                first = first ?? error
            }
        }
        return .failure(first!)
    }

    private static func isProgram(_ path: String) -> Bool {
        guard let status = FileStatus(of: path), status.isRegular else { return false }
        return unsafe path.withFileSystemPath { unsafe access($0, X_OK) } == 0
    }

    private static func ask(
        _ path: String, as identity: ProgramIdentity
    ) throws(InterpreterError) -> String {
        let answer: ProgramAnswer
        do throws(SystemError) {
            answer = try ProgramAnswer(
                of: path, ["-I", "-c", Interpreter.question], as: identity, within: limit)
        } catch {
            let user = identity.user.flatMap { AccountEntry(user: $0)?.name }
            throw InterpreterError(
                path: path,
                reason: "\(error)" + (user.map { ", for \($0), whom its processes run as" } ?? ""))
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
