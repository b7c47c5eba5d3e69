// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

extension Request {
    /// Looks up what the server would do with a GET of another path, up to the handler: httpd's
    /// `ap_sub_req_lookup_uri`.
    ///
    /// - Parameter target: a path, absolute or relative to this request's, with an optional query.
    /// - Returns: the prepared request, whose `response.status` is 200, or the status with which
    ///   the server would refuse it.
    public func subrequest(to target: String) async -> Request {
        var child = newSubrequest()
        do throws(RequestError) {
            let isAbsolute = target.utf8.first == UInt8(ascii: "/")
            try child.setTarget(isAbsolute ? target : DirectoryWalk.parent(of: path) + target)
            try await connection.server.prepare(&child)
        } catch {
            child.response.status = error.status
        }
        return child
    }

    /// Looks up what the server would do with a GET of a name in this request's directory, without
    /// translating it: httpd's `ap_sub_req_lookup_dirent`.
    ///
    /// - Parameter name: as it is in the file system.
    public func subrequest(toEntry name: String) async -> Request {
        var child = newSubrequest()
        child.path = DirectoryWalk.parent(of: path) + name
        child.filename = DirectoryWalk.slashed(filename ?? "/") + name
        do throws(RequestError) {
            try await connection.server.prepare(&child, isTranslated: true)
        } catch {
            child.response.status = error.status
        }
        return child
    }

    private func newSubrequest() -> Request {
        var child = Request(
            head: RequestHead(following: head, method: .get, fields: subrequestFields),
            connection: connection, host: host, received: received, started: started,
            number: number, body: .none)
        child.parentPath = path
        child.clientAddress = clientAddress
        child.hostname = hostname
        child.environment = environment
        child.notes = Table()
        child.redirects = redirects + 1
        child.inheritUser(from: self)
        return child
    }

    /// The fields of a sub-request: those of its parent, but for what speaks of its content and
    /// of the representation it already has.
    private var subrequestFields: Fields {
        var fields = head.fields
        for name: FieldName in [
            .contentLength, .contentType, .contentEncoding, .transferEncoding, .expect,
            .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange, .range,
        ] {
            fields.remove(name)
        }
        return fields
    }
}
