// SPDX-License-Identifier: Apache-2.0

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

    private func run(_ script: String, _ interpreter: PythonInterpreter) throws {
        let extensionFile = "\(ServerProgram.buildFolder)/libPythonWorker.so"
        let result = try Support.run(
            interpreter.path, ["-B", "\(Self.folder)/\(script)"],
            environment: ["WORKER_EXTENSION": extensionFile], within: .seconds(600))
        #expect(result.status == 0, "\(interpreter.version): \(result.errors)")
    }
}
