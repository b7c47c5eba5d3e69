// SPDX-License-Identifier: Apache-2.0

/// Modules that nearly every configuration uses.
enum EssentialModules {
    static let names: Set<String> = [
        "alias", "auth_basic", "authn_file", "authz_host", "authz_user", "autoindex", "deflate",
        "dir", "env", "filter", "logio", "mime", "negotiation", "setenvif", "unixd", "version",
        "watchdog",
    ]

    private static let phrase = "Yes, do as I say!"

    /// Asks for the phrase that shows that somebody means it.
    ///
    /// - Throws: `ToolFailure` for any other answer; what was asked for after it is not done.
    static func confirm(_ name: String, _ console: Console) throws(ToolFailure) {
        console.say(
            """
            WARNING: The following essential module will be disabled.
            This might result in unexpected behavior and should NOT be done
            unless you know exactly what you are doing!
             \(name)


            """)
        console.say("To continue type in the phrase '\(phrase)' or retry by passing '-f': ")
        guard console.readLine() == phrase else {
            console.say("Aborting\n")
            throw ToolFailure(nil)
        }
    }
}
