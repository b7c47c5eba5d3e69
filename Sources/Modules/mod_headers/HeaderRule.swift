// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// One line, `Header` or `RequestHeader`: what it does to which field, and under what condition.
struct HeaderRule: Sendable {
    enum Action: Sendable {
        case set(HeaderValue)
        case setIfEmpty(HeaderValue)
        case add(HeaderValue)
        case append(HeaderValue)
        case merge(HeaderValue)
        case unset
        /// Copies the fields of the request whose names match.
        case echo(RegularExpression)
        case edit(HeaderEdit)
        /// Copies the value into the request's notes.
        case note(HeaderValue)
    }

    /// When in the life of a request a rule acts.
    enum Moment: Sendable {
        /// As soon as the request has been read.
        case early
        /// Just before the handler runs, or the response leaves.
        case late
    }

    /// `env=[!]name`.
    struct Condition: Sendable {
        let variable: String
        let isSet: Bool
    }

    let name: FieldName
    let action: Action
    let moment: Moment
    let condition: Condition?

    /// Changes the fields, if the condition holds.
    func apply(to fields: inout Fields, _ request: inout Request) {
        if let condition {
            guard (request.environment[condition.variable] != nil) == condition.isSet else {
                return
            }
        }
        switch action {
        case .set(let value): fields.set(name, value.text(for: request))
        case .setIfEmpty(let value):
            if !fields.contains(name) { fields.set(name, value.text(for: request)) }
        case .add(let value): fields.append(name, value.text(for: request))
        case .append(let value): fields.merge(name, value.text(for: request))
        case .merge(let value): fields.mergeOnce(name, value.text(for: request))
        case .unset: fields.remove(name)
        case .echo(let pattern): fields.copy(from: request.fields, named: pattern)
        case .edit(let edit): edit.apply(to: &fields, name, request)
        case .note(let note): request.notes[note.text(for: request)] = fields[name]
        }
    }
}

extension Fields {
    /// Adds `value` to the list that a field is, unless it is a member already.
    fileprivate mutating func mergeOnce(_ name: FieldName, _ value: String) {
        guard let list = self[name] else {
            append(name, value)
            return
        }
        if !ListMembers(list).contains(value) { merge(name, value) }
    }

    /// Adds the fields of another table whose names match.
    fileprivate mutating func copy(from other: Fields, named pattern: RegularExpression) {
        for index in other.indices where pattern.matches(other.name(at: index)) {
            append(other.name(at: index), other.value(at: index))
        }
    }
}
