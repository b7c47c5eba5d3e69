// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Tests/PythonWorker holds the tests: scripts in Python, which play the server's part.
@Suite("Python worker", .serialized)
struct PythonWorkerTests {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/PythonWorker"
    private static let scripts = ScratchFolder.names(at: folder).filter {
        $0.hasPrefix("test_") && $0.hasSuffix(".py")
    }

    @Test("there is an interpreter to test with, and something to test")
    func present() {
        #expect(!PythonInterpreter.all.isEmpty)
        #expect(!Self.scripts.isEmpty)
    }

    @Test("passes its tests", arguments: PythonInterpreter.thorough, scripts)
    func passes(_ interpreter: PythonInterpreter, _ script: String) throws {
        try run(script, interpreter)
    }

    @Test("loads and answers in every other version", arguments: PythonInterpreter.others)
    func loads(_ interpreter: PythonInterpreter) throws {
        for script in ["test_response.py", "test_asgi_websocket.py", "test_finalization.py"] {
            try run(script, interpreter)
        }
    }

    @Test("passes tests built without the Embedded mode, too")
    func full() throws {
        let interpreter = try #require(PythonInterpreter.thorough.first)
        let root = try ScratchFolder()
        // Where the compiler is.
        let path = try #require(unsafe getenv("PATH").map { unsafe String(cString: $0) })
        let built = try Support.run(
            "\(Self.folder)/build_full.sh", [root.path], environment: ["PATH": path],
            within: .seconds(600))
        try #require(built.status == 0, "\(built.errors)")
        for script in [
            "test_environ.py", "test_response.py", "test_input.py", "test_asgi_http.py",
            "test_asgi_tasks.py", "test_asgi_websocket.py",
        ] { try run(script, interpreter, "\(root.path)/libPythonWorker.so") }
    }

    private func run(
        _ script: String, _ interpreter: PythonInterpreter,
        _ extensionFile: String = "\(ServerProgram.buildFolder)/libPythonWorker.so"
    ) throws {
        let result = try Support.run(
            interpreter.path, ["-B", "\(Self.folder)/\(script)"],
            environment: ["WORKER_EXTENSION": extensionFile], within: .seconds(600))
        #expect(result.status == 0, "\(interpreter.version): \(result.errors)")
    }
}
