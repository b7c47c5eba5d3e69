// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP

extension String {
    /// With the characters replaced that mean something in HTML (`ap_escape_html`).
    public var htmlEscaped: String { Escaping.html(self) }
}
