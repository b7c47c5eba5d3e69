// SPDX-License-Identifier: Apache-2.0

/// The page of mod_status, shown as text.
///
/// `APACHE_LYNX` names the browser that shows it, as in Debian; else `www-browser` or `lynx`
/// does, and where there is neither, the page is fetched and shown without one.
struct StatusPage {
    private let url: String
    private let environment: Environment
    private let browser: [String]?

    init(_ layout: Layout, _ environment: Environment) {
        self.environment = environment
        url =
            environment["APACHE_STATUSURL"]
            ?? "http://\(ListenAddress.first(in: layout, environment))/server-status"
        if let given = environment["APACHE_LYNX"] {
            browser = ServerProgram.words(given)
        } else {
            browser = ["www-browser", "lynx"].first { program(named: $0, environment) != nil }
                .map { [$0, "-dump"] }
        }
    }

    /// The figures of the server: the page up to the line that counts the processes.
    func summary() throws(ToolFailure) -> String {
        guard let browser else {
            return try HTTPFetch(url.contains("?") ? url : "\(url)?auto").text()
        }
        var summary = ""
        for line in try show(with: browser).split(separator: "\n", omittingEmptySubsequences: false)
        {
            summary += "\(line)\n"
            if line.hasSuffix(" process") { break }
        }
        return summary
    }

    /// The whole page.
    func full() throws(ToolFailure) -> String {
        if let browser { return try show(with: browser) }
        let page = try HTTPFetch(url).text()
        return page.contains("<") ? PlainText(html: page).text : page
    }

    private func show(with browser: [String]) throws(ToolFailure) -> String {
        let command = browser + [url]
        let result = try? Subprocess(command, environment: environment).run(output: .captured)
        guard let result, result.status == 0 else {
            throw ToolFailure(
                """
                '\(command.joined(separator: " "))' failed.
                Maybe you need to install a package providing www-browser or you
                need to adjust the APACHE_LYNX variable in envvars
                """)
        }
        return result.text
    }
}
