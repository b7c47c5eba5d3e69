// SPDX-License-Identifier: Apache-2.0

/// What the handler answers: `Hello, world!`, or `Hello, Ada!` where the query is `Ada`.
struct Greeting {
    let text: String

    init(word: String, query: String?) {
        let name = query.flatMap { $0.isEmpty ? nil : $0 } ?? "world"
        text = "\(word), \(name)!\n"
    }
}
