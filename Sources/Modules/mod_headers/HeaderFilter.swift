// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Applies the rules when everything else has had its say about the fields.
struct HeaderFilter: OutputFilter {
    let success: [HeaderRule]
    let always: [HeaderRule]

    var type: FilterType { .contentSet }
    var seesContent: Bool { false }

    mutating func begin(_ head: inout ResponseHead, _ request: inout Request) {
        for rule in always where rule.moment == .late {
            // There is one media type, wherever it is set: it may not be sent twice.
            if rule.name == .contentType {
                rule.apply(to: &head.fields, &request)
            } else {
                rule.apply(to: &head.errorFields, &request)
            }
        }
        for rule in success where rule.moment == .late { rule.apply(to: &head.fields, &request) }
    }
}
