// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
public import ApusRuntime

extension Request {
    /// Sets Last-Modified and ETag from what the file system says (`ap_set_etag`).
    public mutating func setValidators(from status: FileStatus) {
        response.lastModified = status.modified
        if let tag = directoryConfig.core.fileETag.tag(for: status, near: received) {
            response.fields.set(.etag, tag)
        }
        response.fields.set(.lastModified, HTTPDate.text(Int(status.modified)))
    }

    /// Ends the request with 304 or 412 where the client's conditions say so: httpd's
    /// `ap_meets_conditions`.
    ///
    /// To be called when ETag and Last-Modified have been set.
    public func checkPreconditions() throws(RequestError) {
        guard hasConditions else { return }
        let verdict = Preconditions(head).evaluate(
            Preconditions.Validators(
                entityTag: response.fields[.etag],
                lastModified: response.lastModified.map { Int($0) }, date: Int(received.seconds)))
        if let verdict { throw RequestError(verdict) }
    }

    private var hasConditions: Bool {
        let fields = head.fields
        return fields.contains(.ifNoneMatch) || fields.contains(.ifModifiedSince)
            || fields.contains(.ifMatch) || fields.contains(.ifUnmodifiedSince)
    }
}
