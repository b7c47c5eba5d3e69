// SPDX-License-Identifier: Apache-2.0

internal import Apus

// The markup is Apache's to the byte, since people have style sheets and programs that read it.

/// An index on its way to being HTML.
struct IndexPage {
    let config: AutoindexModule.DirectoryConfig
    let flags: IndexOptions.Flags
    let order: IndexOrder
    /// What links of columns keep of the query.
    let carriedQuery: String
    private(set) var bytes: [UInt8] = []

    init(
        _ config: AutoindexModule.DirectoryConfig, _ flags: IndexOptions.Flags, _ order: IndexOrder,
        carriedQuery: String
    ) {
        self.config = config
        self.flags = flags
        self.order = order
        self.carriedQuery = carriedQuery
    }

    // MARK: Parts of all forms

    mutating func write(_ text: String) { bytes.append(bytesOf: text) }
    mutating func write(_ piece: [UInt8]) { bytes += piece }
    mutating func write(escaped text: String) { write(Escaping.html(text)) }

    /// The end of an element that has no content.
    var emptyEnd: String { flags.contains(.xhtml) ? " /" : "" }
    var isStyled: Bool { config.styleSheet != nil }

    mutating func writePreamble(title: String) {
        write(
            flags.contains(.xhtml)
                ? """
                <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
                "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
                <html xmlns="http://www.w3.org/1999/xhtml">

                """
                : """
                <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
                <html>

                """)
        write(" <head>\n  <title>Index of \(title)</title>\n")
        if let sheet = config.styleSheet {
            write("  <link rel=\"stylesheet\" href=\"\(sheet)\" type=\"text/css\"\(emptyEnd)>\n")
        }
        write(config.headInsert ?? "")
        write(" </head>\n <body>\n")
    }

    mutating func writeHeading(title: String) {
        write(
            isStyled
                ? "  <h1 id=\"indextitle\">Index of \(title)</h1>\n"
                : "<h1>Index of \(title)</h1>\n")
    }

    /// Text that is no HTML, as it stands.
    mutating func writePlain(_ text: [UInt8]) {
        write("<pre>\n")
        write(escaped: String(bytes: text.span))
        write("</pre>\n")
    }

    mutating func writeEntries(_ entries: [IndexEntry]) {
        if flags.contains(.htmlTable) {
            writeTable(entries)
        } else if flags.contains(.fancyIndexing) {
            writeFancy(entries)
        } else {
            writeList(entries)
        }
    }

    private mutating func writeList(_ entries: [IndexEntry]) {
        write("<ul>")
        for entry in entries {
            write("<li><a href=\"\(entry.anchor)\"> ")
            write(escaped: entry.label)
            write("</a></li>\n")
        }
        write("</ul>\n")
    }

    // MARK: Parts of the fancy forms

    /// The name of a column, as a link that sorts by it; of the column it is sorted by, the other
    /// way round.
    mutating func writeColumn(_ name: String, _ key: IndexOrder.Key) {
        if flags.contains(.suppressColumnSorting) { return write(name) }
        let direction = order.key == key && order.isAscending ? "D" : "A"
        write("<a href=\"?C=\(key.rawValue);O=\(direction)\(carriedQuery)\">\(name)</a>")
    }

    mutating func writeImage(_ source: String, alternative: String) {
        write("<img src=\"")
        write(escaped: source)
        write("\" alt=\"\(alternative)\"")
        if let width = config.options.iconWidth { write(" width=\"\(width)\"") }
        if let height = config.options.iconHeight { write(" height=\"\(height)\"") }
        write("\(emptyEnd)>")
    }

    /// The icon of an entry, or what stands in its place.
    mutating func writeIcon(_ entry: IndexEntry, orElse blank: String) {
        guard let icon = entry.icon ?? config.defaultIcon else { return write(blank) }
        writeImage(icon, alternative: "[\(entry.alternative ?? "   ")]")
    }

    /// The link of an entry, shortened to `width` bytes and filled up to it; nil: as it is.
    mutating func writeLink(_ entry: IndexEntry, width: Int?) {
        var label = entry.label
        var count = label.bytes.count
        if let width, count > width {
            let shortened = label.bytes.prefix(width - 3) + Array("..>".utf8)
            label = String(bytes: Array(shortened).span)
            count = width
        }
        write("<a href=\"\(entry.anchor)\">")
        write(escaped: label)
        write("</a>")
        if let width { write(String(repeating: " ", count: width - count)) }
    }

    func date(of entry: IndexEntry) -> String? {
        guard let modified = entry.modified else { return nil }
        let format = flags.contains(.useOldDateFormat) ? "%d-%b-%Y %H:%M" : "%Y-%m-%d %H:%M"
        return LogTime.format(format, modified)
    }

    /// A description cut to the column's width, which what is not shown makes wider.
    func description(of entry: IndexEntry, columnWidth: Int) -> [UInt8]? {
        guard let text = entry.description else { return nil }
        var width = columnWidth
        if config.options.descriptionWidth == nil {
            if flags.contains(.suppressIcon) { width += 6 }
            if flags.contains(.suppressLastModified) { width += 19 }
            if flags.contains(.suppressSize) { width += 7 }
        }
        return DescriptionText.cut(text, to: width)
    }

    var blankIcon: String? { config.icons.value(for: "^^BLANKICON^^") }
}

extension IndexEntry {
    /// The link's reference.
    ///
    /// A name with a colon would be taken for a scheme without `./`.
    var anchor: String { Escaping.html(Escaping.path(name, isPartial: false)) }
}
