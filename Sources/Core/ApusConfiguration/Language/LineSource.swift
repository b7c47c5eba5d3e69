// SPDX-License-Identifier: Apache-2.0

/// Where the lines come from that are being read: a file, or lines kept from before.
final class LineSource {
    private enum Origin {
        case file(ConfigLines)
        case lines([ConfigLine], next: Int)
    }

    private var origin: Origin
    /// Of the line that was read last.
    private(set) var location: SourceLocation

    init(_ file: ConfigLines) {
        origin = .file(file)
        location = file.location
    }

    init(_ lines: [ConfigLine]) {
        origin = .lines(lines, next: 0)
        location = lines.first?.location ?? SourceLocation(file: "", line: 0)
    }

    func next() throws(ArgumentError) -> ConfigLine? {
        switch origin {
        case .file(var lines):
            defer { origin = .file(lines) }
            guard let line = try lines.next() else { return nil }
            location = line.location
            return line
        case .lines(let lines, let next):
            guard next < lines.count else { return nil }
            origin = .lines(lines, next: next + 1)
            location = lines[next].location
            return lines[next]
        }
    }
}
