// SPDX-License-Identifier: Apache-2.0

import Support

/// Starts a server with a Python application at `/app`.
///
/// - Parameters:
///   - configuration: what stands behind the application's lines.
///   - alias: the lines that map the application, which is in `${ROOT}/app.wsgi`.
///   - group: options of its process group.
func withPython<Result>(
    _ configuration: String = "", mpm: MPM = .event, mount: String = "/app",
    alias: String? = nil, group: String = "threads=4", modules: [String] = [],
    files: [String: String] = [:],
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    let alias =
        alias
            ?? """
            WSGIScriptAlias \(mount) ${ROOT}/app.wsgi process-group=site application-group=%{GLOBAL}
            """
    let text = "WSGIDaemonProcess site \(group)\n\(alias)\n\(configuration)"
    return try withServer(
        text, mpm: mpm, modules: ["wsgi"] + modules,
        files: ["/app.wsgi": testApplication].merging(files) { _, given in given }, body)
}

/// The variables that the application shows.
func environ(of response: RawResponse) -> [String: String] {
    var variables: [String: String] = [:]
    for line in response.text.split(separator: "\n", omittingEmptySubsequences: true) {
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
    }
    return variables
}

extension ClientConnection {
    /// Reads until some text has come.
    func wait(for text: String) throws {
        var seen = ""
        while !seen.contains(text) {
            let bytes = try read(atLeast: 1)
            if bytes.isEmpty { throw SupportError("the connection ended after '\(seen)'") }
            seen += String(decoding: bytes, as: UTF8.self)
        }
    }
}

let testApplication = """
    import os, time

    def environ_text(environ):
        return ''.join('%s=%s\\n' % (name, value) for name, value in environ.items())

    def pieces(environ):
        yield b'first'
        root = environ['DOCUMENT_ROOT'] + '/../logs/go'
        while not os.path.exists(root):
            time.sleep(0.01)
        yield b'second'

    def application(environ, start_response):
        path = environ['PATH_INFO']
        if 'environ' in path or 'environ' in environ['QUERY_STRING']:
            # Strings are of Latin-1; clients read UTF-8.
            body = environ_text(environ).encode('utf-8')
        elif path == '/echo':
            body = environ['wsgi.input'].read()
        elif path == '/pieces':
            start_response('200 OK', [('Content-Type', 'text/plain')])
            return pieces(environ)
        elif path == '/long':
            start_response('200 OK', [('Content-Type', 'text/plain')])
            return (b'x' * 20000 for _ in range(1000))
        elif path == '/file':
            start_response('200 OK', [('Content-Type', 'application/octet-stream')])
            return environ['wsgi.file_wrapper'](open(environ['DOCUMENT_ROOT'] + '/file.bin', 'rb'))
        elif path.startswith('/status/'):
            number = path[8:]
            content = [] if number in ('204', '304') else [b'of the application']
            start_response(number + ' Some Reason', [('Content-Type', 'text/plain')])
            return content
        elif path == '/short':
            start_response('200 OK', [('Content-Length', '100')])
            return [b'short']
        elif path == '/fail':
            1 / 0
        elif path == '/exit':
            os._exit(3)
        else:
            body = b'Hello world!\\n'
        start_response('200 OK', [('Content-Type', 'text/plain'),
                                  ('Content-Length', str(len(body)))])
        return [body]

    """
