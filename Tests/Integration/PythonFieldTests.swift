// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Requests whose fields are as long as the limits let them be, which is far beyond a packet.
@Suite("Python: long fields")
struct PythonFieldTests {
    @Test("reach the application whole, 800 KB of them", arguments: PythonInterface.underTest)
    func many(interface: PythonInterface) throws {
        // What the defaults allow: 100 fields of 8190 bytes.
        let fields = (0..<97).map { number -> (String, String) in
            let letter = String(UnicodeScalar(UInt8(97 + number % 26)))
            let name = "X-Long-\(number)"
            return (name, String(repeating: letter, count: 8190 - name.count - 4))
        }
        try withPython(group: interface.group, files: ["/app.wsgi": interface.fieldApplication]) {
            server in
            for _ in 0..<2 {
                let response = try server.get("/app/", fields)
                #expect(response.status == 200)
                let wanted = fields.map { "\($0.0.lowercased())=\($0.1)\n" }.sorted().joined()
                #expect(wanted.utf8.count > 780_000)
                #expect(response.text == wanted)
            }
            // The next request has none of it.
            let response = try server.get("/app/", [("X-Long-0", "short")])
            #expect(response.text == "x-long-0=short\n")
        }
    }

    @Test(
        "reach the application whole, one of 200 KB and a query too",
        arguments: PythonInterface.underTest)
    func single(interface: PythonInterface) throws {
        let limits = "LimitRequestFieldSize 300000\nLimitRequestLine 300000"
        let value = String(repeating: "0123456789", count: 20_000)
        let query = String(repeating: "q", count: 100_000)
        try withPython(
            limits, group: interface.group, files: ["/app.wsgi": interface.fieldApplication]
        ) { server in
            let response = try server.get("/app/?\(query)", [("X-Long", value)])
            #expect(response.status == 200)
            #expect(response.text == "x-long=\(value)\n")
            #expect(response["X-Query"] == ["100000"])
        }
    }

    @Test(
        "beyond the limits are refused before the application sees them",
        arguments: PythonInterface.underTest)
    func tooLong(interface: PythonInterface) throws {
        try withPython(group: interface.group, files: ["/app.wsgi": interface.fieldApplication]) {
            server in
            let value = String(repeating: "x", count: 8200)
            let status = try server.get("/app/", [("X-Long", value)]).status
            #expect(status == 400)
            let fields = (0..<101).map { ("X-Long-\($0)", "x") }
            let otherStatus = try server.get("/app/", fields).status
            #expect(otherStatus == 400)
            let last = try server.get("/app/", [("X-Long-0", "short")]).text
            #expect(last == "x-long-0=short\n")
        }
    }
}

extension PythonInterface {
    /// Gives back the fields whose names begin with `X-Long`, in the order of their names.
    var fieldApplication: String {
        self == .wsgi
            ? """
            def application(environ, start_response):
                lines = sorted(
                    name[5:].lower().replace('_', '-') + '=' + value + '\\n'
                    for name, value in environ.items() if name.startswith('HTTP_X_LONG'))
                start_response('200 OK', [('X-Query', str(len(environ['QUERY_STRING'])))])
                return [''.join(lines).encode('latin-1')]

            """
            : """
            async def application(scope, receive, send):
                if scope['type'] != 'http':
                    return
                lines = sorted(
                    name + b'=' + value + b'\\n'
                    for name, value in scope['headers'] if name.startswith(b'x-long'))
                count = b'%d' % len(scope['query_string'])
                await send({'type': 'http.response.start', 'status': 200,
                            'headers': [(b'X-Query', count)]})
                await send({'type': 'http.response.body', 'body': b''.join(lines)})

            """
    }
}
