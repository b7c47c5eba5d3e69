// SPDX-License-Identifier: Apache-2.0

extension RunningServer {
    /// Opens a connection, to the second port if told so.
    public func connect(port: UInt16? = nil) throws -> ClientConnection {
        try ClientConnection(port: port ?? self.port)
    }

    /// Sends a GET request on a connection of its own.
    public func get(
        _ path: String, _ fields: [(String, String)] = [], host: String = "localhost"
    ) throws -> RawResponse {
        try request("GET", path, fields, host: host)
    }

    /// Sends a request on a connection of its own; a body is sent with its length.
    public func request(
        _ method: String, _ path: String, _ fields: [(String, String)] = [],
        host: String = "localhost", body: String? = nil
    ) throws -> RawResponse {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        let connection = try connect()
        try connection.send(head + "\r\n" + (body ?? ""))
        while true {
            let response = try connection.response(to: method)
            if response.status >= 200 || response.version.isEmpty { return response }
        }
    }

    /// Sends bytes as they are on a connection of its own, says that no more will come, and reads
    /// all responses until the server closes.
    ///
    /// - Parameter methods: of the requests in the bytes, where it matters that one is HEAD.
    public func send(_ bytes: [UInt8], methods: [String] = []) throws -> [RawResponse] {
        let connection = try connect()
        try connection.send(bytes)
        connection.finishSending()
        var rest = try connection.readToEnd()
        var responses: [RawResponse] = []
        var finals = 0
        while !rest.isEmpty {
            let method = finals < methods.count ? methods[finals] : "GET"
            guard let response = RawResponse(parsing: rest, to: method, isAtEnd: true) else {
                throw SupportError("not a response: '\(String(decoding: rest, as: UTF8.self))'")
            }
            responses.append(response)
            rest.removeFirst(response.raw.count)
            if response.status >= 200 { finals += 1 }
        }
        return responses
    }

    public func send(_ text: String, methods: [String] = []) throws -> [RawResponse] {
        try send(Array(text.utf8), methods: methods)
    }

    /// Runs curl with arguments of its own and the URL of a path.
    public func curl(_ path: String, _ arguments: String...) throws -> Finished {
        try run(
            "/usr/bin/curl",
            ["--silent", "--show-error", "--max-time", "45"] + arguments
                + ["http://127.0.0.1:\(port)\(path)"])
    }
}
