// SPDX-License-Identifier: Apache-2.0

internal import Apus

// FancyIndexing without HTMLTable: columns of letters in a <pre>.

extension IndexPage {
    mutating func writeFancy(_ entries: [IndexEntry]) {
        let nameWidth = Self.width(
            config.options.nameWidth, entries.map { $0.sortName.count }.max())
        let descriptionWidth = Self.width(
            config.options.descriptionWidth, entries.map { $0.description?.count ?? 0 }.max())
        writeFancyHead(nameWidth: nameWidth)
        for entry in entries {
            writeFancyIcon(entry)
            writeLink(entry, width: nameWidth)
            write(" ")
            writeFancyColumns(entry, descriptionWidth)
        }
        write(flags.contains(.suppressRules) ? "</pre>\n" : "<hr\(emptyEnd)></pre>\n")
    }

    private static func width(_ width: IndexOptions.Width?, _ widest: Int?) -> Int {
        switch width {
        case .fixed(let width): width
        case .automatic: max(IndexOptions.Width.standard, widest ?? 0)
        case nil: IndexOptions.Width.standard
        }
    }

    private mutating func writeFancyHead(nameWidth: Int) {
        write("<pre>")
        if !flags.contains(.suppressIcon) {
            if let icon = blankIcon {
                writeImage(icon, alternative: "Icon ")
                write(" ")
            } else {
                write("      ")
            }
        }
        writeColumn("Name", .name)
        write(String(repeating: " ", count: nameWidth - "Name".count + 1))
        if !flags.contains(.suppressLastModified) {
            writeColumn("Last modified", .modified)
            write("      ")
        }
        if !flags.contains(.suppressSize) {
            writeColumn("Size", .size)
            write("  ")
        }
        if !flags.contains(.suppressDescription) { writeColumn("Description", .description) }
        write(flags.contains(.suppressRules) ? "\n" : "<hr\(emptyEnd)>")
    }

    private mutating func writeFancyIcon(_ entry: IndexEntry) {
        guard !flags.contains(.suppressIcon) else { return }
        let isLink = flags.contains(.iconsAreLinks)
        if isLink { write("<a href=\"\(entry.anchor)\">") }
        writeIcon(entry, orElse: "     ")
        write(isLink ? "</a> " : " ")
    }

    private mutating func writeFancyColumns(_ entry: IndexEntry, _ descriptionWidth: Int) {
        if !flags.contains(.suppressLastModified) {
            // One more than a date and its blanks: Apache still has the width of its old dates.
            write(date(of: entry).map { $0 + "  " } ?? String(repeating: " ", count: 19))
        }
        if !flags.contains(.suppressSize) { write(FileSize.text(entry.size) + "  ") }
        if !flags.contains(.suppressDescription) {
            write(description(of: entry, columnWidth: descriptionWidth) ?? [])
        }
        write("\n")
    }
}
