// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// By which name a line of a worker, a line of the server and a line of the access log are found
/// to be of one request.
@Suite("The name of a request of a Python application", .enabled(if: hasPython && !underApache))
struct PythonRequestNameTests {
    @Test(
        "is the same in all that the error log has of it, the access log and environ",
        arguments: PythonInterface.allCases)
    func everywhere(interface: PythonInterface) throws {
        try withObedientApplication(
            "processes=1", script: interface == .wsgi ? talkative : awaitingTalkative,
            configuration: """
                ErrorLogFormat "[%l] %L %M"
                LogFormat "%U %{wsgi-request}n %L %{environ}o" names
                CustomLog logs/access_log names
                """
        ) { server in
            #expect(try server.get("/app/quiet").status == 200)
            #expect(try server.get("/app/talk").status == 200)
            #expect(try server.get("/app/raise").status == 500)

            let lines = try server.waitForAccessLog(lines: 3).map {
                $0.split(separator: " ").map(String.init)
            }.sorted { $0[0] < $1[0] }
            #expect(Set(lines.map { $0[1] }).count == 3)
            // Nothing has been logged of the first.
            #expect(lines[0][0] == "/app/quiet" && lines[0][2] == "-" && lines[0][1] != "-")
            for line in lines where line[2] != "-" { #expect(line[1] == line[2]) }
            if interface == .wsgi { #expect(lines.allSatisfy { $0[3] == $0[1] || $0[3] == "-" }) }

            let talk = lines[2][1]
            for said in ["on standard output", "on standard error", "by a logger"] {
                let line = try server.waitForErrorLog(said)[0]
                #expect(line.contains(", process='site', request=\(talk)): "), "\(line)")
            }
            if interface == .wsgi {
                // The front's line: of its own format, too.
                let line = try server.waitForErrorLog("on wsgi.errors")[0]
                #expect(line.contains("] \(talk) "), "\(line)")
                #expect(line.contains(", process='site', request=\(talk)): "), "\(line)")
            }
            let raised = lines[1][1]
            #expect(lines[1][2] == raised)
            for line in try server.waitForErrorLog("RuntimeError: by design") {
                #expect(line.contains("] \(raised) "), "\(line)")
                #expect(line.contains(", process='site', request=\(raised)): "), "\(line)")
            }
        }
    }

    @Test("is in what the server says of a worker that dies, and of its client's 502")
    func held() throws {
        try withObedientApplication(
            "processes=1 threads=1",
            configuration: """
                LogFormat "%>s %{wsgi-request}n %L" names
                CustomLog logs/access_log names
                """
        ) { server in
            #expect(try server.get("/app/crash").status == 502)

            let words = try server.waitForAccessLog(lines: 1)[0].split(separator: " ")
            #expect(words[0] == "502")
            #expect(words[1] == words[2])
            let death = try server.waitForErrorLog("signal 11", within: .seconds(30))[0]
            #expect(death.contains("it held the requests \(words[1])"), "\(death)")
            let answer = try server.waitForErrorLog("that answered the request ended")[0]
            #expect(answer.contains("(request=\(words[1]))"), "\(answer)")
        }
    }
}

private let talkative = """
    import logging, sys

    def application(environ, start_response):
        if environ["PATH_INFO"] == "/talk":
            print("on standard output")
            print("on standard error", file=sys.stderr)
            logging.getLogger("any").error("by a logger")
            environ["wsgi.errors"].write("on wsgi.errors\\n")
        elif environ["PATH_INFO"] == "/raise":
            raise RuntimeError("by design")
        start_response("200 OK", [("environ", environ["mod_wsgi.request_id"])])
        return [b"said"]
    """

private let awaitingTalkative = """
    import asyncio, logging, sys

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        if scope["path"].endswith("/talk"):
            print("on standard output")
            await asyncio.sleep(0.01)
            print("on standard error", file=sys.stderr)
            await asyncio.create_task(later())
        elif scope["path"].endswith("/raise"):
            raise RuntimeError("by design")
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"said"})

    async def later():
        logging.getLogger("any").error("by a logger")
    """
