// SPDX-License-Identifier: Apache-2.0

internal import Apus

// FancyIndexing HTMLTable: a table, whose parts have classes where there is a style sheet.

extension IndexPage {
    mutating func writeTable(_ entries: [IndexEntry]) {
        write(
            isStyled
                ? "  <table id=\"indexlist\">\n   <tr class=\"indexhead\">" : "  <table>\n   <tr>")
        let columns = writeTableHead()
        let rule =
            flags.contains(.suppressRules)
            ? ""
            : "   <tr\(isStyled ? " class=\"indexbreakrow\"" : "")>"
                + "<th colspan=\"\(columns)\"><hr\(emptyEnd)></th></tr>\n"
        write("</th></tr>\n" + rule)
        for (index, entry) in entries.enumerated() { writeRow(entry, index) }
        write(rule + "</table>\n")
    }

    /// The names of the columns but for the end of the last one; returns their number.
    private mutating func writeTableHead() -> Int {
        var columns = 1
        if !flags.contains(.suppressIcon) {
            write("<th\(isStyled ? " class=\"indexcolicon\"" : " valign=\"top\"")>")
            if let icon = blankIcon {
                writeImage(icon, alternative: "[ICO]")
            } else {
                write("&nbsp;")
            }
            write("</th>")
            columns += 1
        }
        write(opening("th", "indexcolname"))
        writeColumn("Name", .name)
        let others: [(IndexOptions.Flags, String, String, IndexOrder.Key)] = [
            (.suppressLastModified, "indexcollastmod", "Last modified", .modified),
            (.suppressSize, "indexcolsize", "Size", .size),
            (.suppressDescription, "indexcoldesc", "Description", .description),
        ]
        for (suppression, style, name, key) in others where !flags.contains(suppression) {
            write("</th>" + opening("th", style))
            writeColumn(name, key)
            columns += 1
        }
        return columns
    }

    private func opening(_ element: String, _ style: String, else attribute: String = "") -> String
    {
        isStyled ? "<\(element) class=\"\(style)\">" : "<\(element)\(attribute)>"
    }

    private mutating func writeRow(_ entry: IndexEntry, _ index: Int) {
        writeRowStart(entry, isOdd: index % 2 == 1)
        writeIconCell(entry)
        write(opening("td", "indexcolname"))
        writeLink(entry, width: nameColumnWidth)
        write("</td>")
        if !flags.contains(.suppressLastModified) {
            if let date = date(of: entry) {
                write(opening("td", "indexcollastmod", else: " align=\"right\"") + date + "  </td>")
            } else {
                write(opening("td", "indexcollastmod") + "&nbsp;</td>")
            }
        }
        if !flags.contains(.suppressSize) {
            write(opening("td", "indexcolsize", else: " align=\"right\""))
            write(FileSize.text(entry.size) + "</td>")
        }
        if !flags.contains(.suppressDescription) {
            write(opening("td", "indexcoldesc"))
            writeDescription(entry)
            write("</td>")
        }
        write("</tr>\n")
    }

    private mutating func writeRowStart(_ entry: IndexEntry, isOdd: Bool) {
        guard isStyled else { return write("<tr>") }
        var style = isOdd ? "odd" : "even"
        if flags.contains(.addAltClass), let alternative = entry.alternative {
            style += "-" + alternative.lowercased()
        }
        write("   <tr class=\"\(style)\">")
    }

    private mutating func writeIconCell(_ entry: IndexEntry) {
        guard !flags.contains(.suppressIcon) else { return }
        let isLink = flags.contains(.iconsAreLinks)
        write("<td\(isStyled ? " class=\"indexcolicon\"" : " valign=\"top\"")>")
        if isLink { write("<a href=\"\(entry.anchor)\">") }
        writeIcon(entry, orElse: "&nbsp;")
        write(isLink ? "</a></td>" : "</td>")
    }

    private mutating func writeDescription(_ entry: IndexEntry) {
        guard let whole = entry.description else { return write("&nbsp;") }
        guard let width = descriptionColumnWidth else { return write(whole) }
        write(description(of: entry, columnWidth: width) ?? whole)
    }

    /// nil: as wide as it gets, for a table sees to that.
    private var nameColumnWidth: Int? { Self.columnWidth(config.options.nameWidth) }
    private var descriptionColumnWidth: Int? { Self.columnWidth(config.options.descriptionWidth) }

    private static func columnWidth(_ width: IndexOptions.Width?) -> Int? {
        switch width ?? .fixed(IndexOptions.Width.standard) {
        case .fixed(let width): width
        case .automatic: nil
        }
    }
}
