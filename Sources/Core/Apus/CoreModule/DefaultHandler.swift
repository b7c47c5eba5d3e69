// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// Serves files: httpd's `default_handler`.
enum DefaultHandler {
    static func run(_ request: inout Request) throws(RequestError) -> Outcome {
        guard request.method == .get || request.method == .head || request.method == .post else {
            return try refuseMethod(&request)
        }
        guard let filename = request.filename, let status = request.fileStatus else {
            request.log(
                .info, "AH00128", "File does not exist: \(request.filename ?? request.path)")
            throw RequestError(.notFound)
        }
        guard !status.isDirectory else {
            throw RequestError(
                .notFound, "AH00129: Attempt to serve directory: \(filename)", level: .info)
        }
        if let pathInfo = request.pathInfo, !pathInfo.isEmpty {
            guard request.directoryConfig.core.acceptPathInfo == .on else {
                throw RequestError(
                    .notFound, "AH00128: File does not exist: \(filename)\(pathInfo)", level: .info)
            }
        }
        try respond(&request, filename, status)
        return .done
    }

    private static func refuseMethod(_ request: inout Request) throws(RequestError) -> Outcome {
        request.allow(.get, .head, .options, .post)
        if request.method == .options { return try respondToOptions(&request) }
        let registered = request.connection.server.main.core.run.methods
        guard request.method.number != nil || registered.contains(request.method.name) else {
            throw RequestError(
                .notImplemented, "AH00135: Invalid method in request \(request.head.requestLine)")
        }
        throw RequestError(.methodNotAllowed, "AH00136: the method is not for files", level: .info)
    }

    private static func respond(
        _ request: inout Request, _ filename: String, _ status: FileStatus
    ) throws(RequestError) {
        let entry = try small(filename, status, request.connection.context)
        request.response.lastModified = status.modified
        try identify(&request, filename, status, entry)
        request.response.fields.append(
            .lastModified, entry?.lastModified ?? HTTPDate.text(Int(status.modified)))
        request.response.fields.append(
            .acceptRanges, request.directoryConfig.core.maxRanges.count > 0 ? "bytes" : "none")
        try request.checkPreconditions()
        request.response.content =
            if let entry { .bytes(entry.bytes) } else {
                .file(FileRange(try open(filename), offset: 0, count: status.size))
            }
    }

    /// Sets what the content is known by: its entity tag, and its digest where that is wanted.
    private static func identify(
        _ request: inout Request, _ filename: String, _ status: FileStatus,
        _ entry: FileCache.Entry?
    ) throws(RequestError) {
        let setting = request.directoryConfig.core.fileETag
        if setting.parts.contains(.digest) {
            request.response.fields.append(.etag, "\"\(try digest(.sha1, filename))\"")
        } else if let tag = entry?.entityTag(setting, near: request.received)
            ?? setting.tag(for: status, near: request.received)
        {
            request.response.fields.append(.etag, tag)
        }
        if request.directoryConfig.core.contentDigest {
            request.response.fields.set(.contentMD5, try digest(.md5, filename))
        }
    }

    private static func digest(
        _ kind: Digest, _ filename: String
    ) throws(RequestError) -> String {
        let file = try open(filename)
        do throws(SystemError) {
            return Base64.encode(try file.digest(kind))
        } catch {
            throw RequestError(.internalServerError, "\(filename): \(error)")
        }
    }

    private static func small(
        _ filename: String, _ status: FileStatus, _ context: LoopContext
    ) throws(RequestError) -> FileCache.Entry? {
        guard status.size <= FileCache.largestFile else { return nil }
        if let known = context.files.entry(for: filename, status) { return known }
        let file = try open(filename)
        do throws(SystemError) {
            let entry = FileCache.Entry(
                status, bytes: try file.read(at: 0, count: Int(status.size)))
            // A file that was changed in between is sent as it is read, and not kept.
            guard entry.bytes.count == status.size else { return entry }
            context.files.add(entry, for: filename)
            return entry
        } catch {
            throw RequestError(.internalServerError, "\(filename): \(error)")
        }
    }

    private static func open(_ filename: String) throws(RequestError) -> OpenFile {
        do throws(SystemError) {
            return try OpenFile(filename)
        } catch {
            throw RequestError(
                .forbidden,
                "AH00132: file permissions deny server access: \(filename) (\(error.reason))")
        }
    }

    static func respondToOptions(_ request: inout Request) throws(RequestError) -> Outcome {
        request.response.fields.set(.allow, request.allowField)
        return .done
    }
}
