// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration

extension Request {
    /// Lays the settings of the `<Location>` sections that match over those there are.
    ///
    /// Done twice: before the name is translated, so that a handler or a proxy set there can act,
    /// and again after the directories, since what a location says wins.
    mutating func applyLocations() throws(RequestError) {
        guard !host.sections.locations.isEmpty else { return }
        for section in host.sections.locations where section.pattern.matchesLocation(path) {
            directoryConfig = directoryConfig.adding(section)
        }
    }
}
