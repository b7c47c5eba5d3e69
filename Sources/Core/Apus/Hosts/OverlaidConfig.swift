// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration

extension Request {
    /// Lays further settings over those of the request, until `restore`: what the contents of a
    /// section such as `<AuthzProviderAlias>` say holds while its lines are asked.
    ///
    /// - Returns: the settings until now, for `restore`.
    public mutating func lay(_ settings: ConfigVector) -> MergedConfig {
        let outer = directoryConfig
        directoryConfig = outer.adding(settings)
        return outer
    }

    /// Takes back what `lay` did.
    public mutating func restore(_ outer: MergedConfig) { directoryConfig = outer }
}
