// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// A row of a table of cases: what is given, and what must come of it.
struct Case: Sendable, CustomTestStringConvertible {
    let given: String
    let expected: String

    init(_ given: String, _ expected: String) {
        (self.given, self.expected) = (given, expected)
    }

    var testDescription: String { given }
}

/// Whether the server under test is Apache, for tests of what only one of the two does.
var underApache: Bool { ServerProgram.underTest.isApache }
