// SPDX-License-Identifier: Apache-2.0

/// The conditions that a request makes on the state of what it asks for (RFC 9110 section 13),
/// judged as `ap_meets_conditions` does.
///
/// Where a request states two conditions of a kind, a tag and a date, the RFC has the tag alone
/// count; Apache wants both to hold, and so do we: it sends a representation where 304 would do
/// and refuses a change that it might allow, and never the other way round.
public struct Preconditions: Sendable {
    private let fields: Fields
    private let isGet: Bool
    private let hasRange: Bool

    public init(_ head: borrowing RequestHead) {
        fields = head.fields
        isGet = head.method == .get || head.method == .head
        hasRange = fields.contains(.range)
    }

    /// What the server knows of the representation that it would send.
    public struct Validators: Sendable {
        /// The value of the ETag field, if there is to be one.
        public var entityTag: String?
        /// The Last-Modified date, in seconds since 1970; nil counts as modified now.
        public var lastModified: Int?
        /// The date of the response, in seconds since 1970.
        public var date: Int

        public init(entityTag: String?, lastModified: Int?, date: Int) {
            self.entityTag = entityTag
            self.lastModified = lastModified
            self.date = date
        }

        fileprivate var modified: Int { lastModified ?? date }
        /// A date that young may yet stand for other bytes (RFC 9110 section 8.8.2.2).
        fileprivate var isDateWeak: Bool { date < modified + 60 }
    }

    private enum Outcome { case absent, fails, holds }

    /// Judges a request that would succeed.
    ///
    /// - Returns: nil to go on, `.notModified`, or `.preconditionFailed`.
    public func evaluate(_ validators: Validators) -> HTTPStatus? {
        guard ifMatch(validators) != .fails else { return .preconditionFailed }
        let unmodified = modifiedSince(.ifUnmodifiedSince, validators)
        guard unmodified != .holds else { return .preconditionFailed }
        let noneMatch = ifNoneMatch(validators)
        if noneMatch == .holds, !isGet { return .preconditionFailed }
        let notModified = notModifiedSince(validators)
        let conditions = [unmodified, noneMatch, notModified]
        let isUnchanged = isGet && (noneMatch == .holds || notModified == .holds)
        guard isUnchanged, !conditions.contains(.fails) else { return nil }
        // A response to If-Range is whole or partial, never 304.
        return ifRange(validators) == .absent ? .notModified : nil
    }

    /// Whether If-Range lets the Range field count; true without If-Range.
    public func allowsRange(_ validators: Validators) -> Bool { ifRange(validators) != .fails }

    private func ifMatch(_ validators: Validators) -> Outcome {
        guard let list = fields.combined(.ifMatch) else { return .absent }
        if list.utf8.first == 0x2A { return .holds }
        return hasTag(list, validators, .strong) ? .holds : .fails
    }

    private func ifNoneMatch(_ validators: Validators) -> Outcome {
        guard let list = fields.combined(.ifNoneMatch) else { return .absent }
        if list.utf8.first == 0x2A { return .holds }
        return hasTag(list, validators, isGet && !hasRange ? .weak : .strong) ? .holds : .fails
    }

    private func hasTag(
        _ list: String, _ validators: Validators, _ comparison: EntityTag.Comparison
    ) -> Bool {
        guard let tag = validators.entityTag else { return false }
        return EntityTag.list(list.utf8Span.span, has: tag.utf8Span.span, by: comparison)
    }

    private func modifiedSince(_ name: FieldName, _ validators: Validators) -> Outcome {
        guard let index = fields.firstIndex(of: name) else { return .absent }
        guard let since = HTTPDate.parse(fields.value(at: index)), validators.modified > since
        else { return .fails }
        return validators.isDateWeak && hasRange ? .fails : .holds
    }

    private func notModifiedSince(_ validators: Validators) -> Outcome {
        guard let index = fields.firstIndex(of: .ifModifiedSince) else { return .absent }
        // A date later than now is invalid (RFC 9110 section 13.1.3).
        guard let since = HTTPDate.parse(fields.value(at: index)), since >= validators.modified,
            since <= validators.date
        else { return .fails }
        return validators.isDateWeak && hasRange ? .fails : .holds
    }

    private func ifRange(_ validators: Validators) -> Outcome {
        guard hasRange, let index = fields.firstIndex(of: .ifRange) else { return .absent }
        let value = fields.value(at: index)
        if !value.isEmpty, value[0] == 0x22 {
            guard let tag = validators.entityTag else { return .fails }
            return value.equals(tag.utf8Span.span) ? .holds : .fails
        }
        guard HTTPDate.parse(value) == validators.modified, !validators.isDateWeak else {
            return .fails
        }
        return .holds
    }
}
