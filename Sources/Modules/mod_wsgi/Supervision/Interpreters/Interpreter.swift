// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A Python interpreter, as it describes itself.
struct Interpreter: Hashable, Sendable {
    var path: String
    /// Such as `3.11.7`.
    var version: String
    /// `cpython`, or another one.
    var implementation: String
    /// What names of extensions for it hold, such as `cpython-311-x86_64-linux-gnu`.
    var soabi: String
    /// Whether threads run one at a time in it.
    var hasGIL: Bool

    /// What an interpreter is asked to say, in this order, each on a line.
    static let question =
        "import sys,sysconfig\n"
        + "print('%d.%d.%d' % sys.version_info[:3])\n"
        + "print(sys.implementation.name)\n"
        + "print(sysconfig.get_config_var('SOABI') or '')\n"
        + "print(0 if sysconfig.get_config_var('Py_GIL_DISABLED') else 1)\n"
        + "print(sys.executable or '')\n"

    /// Reads the answer.
    init(path: String, answer: String) throws(InterpreterError) {
        let lines = answer.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 4, let major = Int(lines[0].prefix { $0 != "." }) else {
            throw InterpreterError(path: path, reason: "it does not answer as Python does")
        }
        // A script of a version manager stands before the program, at a price for each start.
        self.path = lines.count > 4 && lines[4].hasPrefix("/") ? lines[4] : path
        version = lines[0]
        implementation = lines[1]
        soabi = lines[2]
        hasGIL = lines[3] == "1"
        let minor = Int(version.split(separator: ".")[1]) ?? 0
        guard major == 3, minor >= 8 else {
            throw InterpreterError(
                path: path, reason: "it is Python \(version), and 3.8 is the oldest that works")
        }
        guard implementation == "cpython" else {
            throw InterpreterError(
                path: path, reason: "it is \(implementation), and only CPython can load the worker")
        }
        guard hasGIL else {
            throw InterpreterError(
                path: path, reason: "it is a free-threaded build, which has no stable interface")
        }
    }
}

/// Why an interpreter cannot be used.
struct InterpreterError: Error, Hashable {
    var path: String
    var reason: String
}

/// Where an interpreter is looked for.
enum InterpreterChoice: Hashable, Sendable {
    /// A virtual environment, or where Python is installed.
    case home(String)
    /// A program: a path, or a name to be found in `PATH`.
    case program(String)

    /// - Parameters:
    ///   - home: `python-home` of the group, or `WSGIPythonHome`.
    ///   - program: `WSGIPython`.
    init(home: String?, program: String?) {
        self = home.map { .home($0) } ?? .program(program ?? "python3")
    }

    /// The program's path; several where it is looked for, of which the first that works is it.
    ///
    /// - Parameters:
    ///   - path: `PATH`.
    ///   - isProgram: whether there is a program of that path.
    func find(
        in path: String, isProgram: (String) -> Bool
    ) throws(InterpreterError) -> [String] {
        switch self {
        case .home(let home):
            for name in ["python3", "python"] where isProgram("\(home)/bin/\(name)") {
                return ["\(home)/bin/\(name)"]
            }
            throw InterpreterError(path: home, reason: "there is no bin/python3 in it")
        case .program(let program) where program.contains("/"):
            if isProgram(program) { return [program] }
            throw InterpreterError(path: program, reason: "there is no such program")
        case .program(let program):
            let found = path.split(separator: ":").filter { $0.hasPrefix("/") }
                .map { "\($0)/\(program)" }.filter(isProgram)
            if found.isEmpty {
                throw InterpreterError(path: program, reason: "it is not in PATH (\(path))")
            }
            return found
        }
    }
}
