// SPDX-License-Identifier: Apache-2.0

import Testing

/// What an application speaks.
enum PythonInterface: String, CaseIterable, CustomTestStringConvertible {
    case wsgi, asgi

    var testDescription: String { rawValue.uppercased() }

    /// Apache has no ASGI.
    static var underTest: [PythonInterface] { underApache ? [.wsgi] : allCases }

    /// Options of the process group.
    var group: String { self == .wsgi ? "processes=1 threads=4" : "processes=1" }
}
