// SPDX-License-Identifier: Apache-2.0

extension Layout {
    /// Finds the layout, and takes over what its `envvars` sets beside the variables there are.
    ///
    /// The file runs in an empty environment, as Debian's a2enmod has it.
    static func adding(
        to invocation: inout Invocation, suffix: String
    ) throws(ToolFailure) -> Layout {
        let layout = LayoutSearch(invocation: invocation, suffix: suffix).find()
        let file = layout.environmentFile(invocation.environment)
        guard Files.isReadable(file.path) else { return layout }
        invocation.environment.merge(try file.source(in: Environment()))
        // It may say that the configuration stands elsewhere.
        guard let root = invocation.environment["APACHE_CONFDIR"], absolute(root) != layout.root
        else { return layout }
        return LayoutSearch(invocation: invocation, suffix: suffix).find()
    }

    /// Finds the layout, and goes on with the variables as its `envvars` leaves them.
    ///
    /// The file sees, and may unset, what there is, as with Debian's apache2ctl; so does the
    /// server that is started with it.
    static func replacing(
        in invocation: inout Invocation, suffix: String
    ) throws(ToolFailure) -> Layout {
        let layout = LayoutSearch(invocation: invocation, suffix: suffix).find()
        let file = layout.environmentFile(invocation.environment)
        guard Files.isReadable(file.path) else { return layout }
        var environment = invocation.environment
        // Debian's file names its folders after the instance that this shows.
        environment.set("APACHE_CONFDIR", to: layout.root)
        invocation.environment = try file.source(in: environment)
        return layout
    }
}
