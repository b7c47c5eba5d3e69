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
            enter(section, matching: path)
        }
    }

    /// Lays the settings of a section over those there are.
    ///
    /// What the named groups of its regular expression captured goes into the environment, under
    /// their names in capitals behind `MATCH_` (httpd manual, `<LocationMatch>`).
    ///
    /// - Parameter subject: what the section's pattern was found to match.
    mutating func enter(_ section: Section, matching subject: String) {
        directoryConfig = directoryConfig.adding(section)
        guard case .regularExpression(let expression) = section.pattern,
            !expression.groupNames.isEmpty, let match = expression.firstMatch(in: subject)
        else { return }
        for (name, group) in expression.groupNames {
            guard let captured = match.capture(group, in: subject) else { continue }
            environment["MATCH_" + name.uppercased()] = captured
        }
    }
}
