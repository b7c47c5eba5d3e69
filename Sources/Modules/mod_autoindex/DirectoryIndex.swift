// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Makes the index of a directory.
struct DirectoryIndex {
    private let config: AutoindexModule.DirectoryConfig
    private let query: IndexQuery
    private let isFancy: Bool

    init(_ config: AutoindexModule.DirectoryConfig, query: String?) {
        self.config = config
        var flags = config.options.flags
        if flags.contains(.ignoreClient) { flags.insert(.suppressColumnSorting) }
        self.query = IndexQuery(
            flags.contains(.ignoreClient) ? nil : query, order: config.order, flags: flags)
        isFancy = !self.query.flags.isDisjoint(with: .anyFancy)
    }

    func page(
        of names: [String], for request: inout Request
    ) async throws(RequestError) -> [UInt8] {
        var page = IndexPage(
            config, query.flags, query.order, carriedQuery: query.carried)
        let title = Self.title(of: request.path)
        await writeHead(&page, title, &request)
        var entries = await entries(names, request)
        entries.sort { query.order.precedes($0, $1, query.flags) }
        page.writeEntries(entries)
        await writeTail(&page, &request)
        return page.bytes
    }

    /// The path without slashes at its end, in HTML.
    private static func title(of path: String) -> String {
        var end = path.utf8.endIndex
        while end > path.utf8.startIndex,
            path.utf8[path.utf8.index(before: end)] == UInt8(ascii: "/"),
            path.utf8.index(before: end) > path.utf8.startIndex
        {
            end = path.utf8.index(before: end)
        }
        return Escaping.html(String(path[..<end]))
    }

    // MARK: Entries

    private func entries(_ names: [String], _ request: borrowing Request) async -> [IndexEntry] {
        var entries: [IndexEntry] = []
        if let parent = parent(request) { entries.append(parent) }
        let directory = request.filename!
        for name in names {
            if let pattern = query.pattern, !pattern.matches(name) { continue }
            if config.ignored.contains(directory + name) { continue }
            if let entry = await entry(name, request) { entries.append(entry) }
        }
        return entries
    }

    /// The way up.
    ///
    /// Settings see it as `..` in the directory.
    private func parent(_ request: borrowing Request) -> IndexEntry? {
        guard request.path != "/" else { return nil }
        let path = request.filename! + ".."
        guard !config.ignored.contains(path) else { return nil }
        let above = request.path.utf8.dropLast().lastIndex(of: UInt8(ascii: "/"))
        var entry = IndexEntry(above.map { String(request.path[...$0]) } ?? "/")
        entry.isParent = true
        if isFancy {
            let directory = "^^DIRECTORY^^"
            entry.icon = config.icons.value(for: path) ?? config.icons.value(for: directory)
            entry.alternative =
                config.alternatives.value(for: path)
                ?? config.alternatives.value(for: directory) ?? "PARENTDIR"
            entry.description = description(of: path)
        }
        return entry
    }

    /// A file or directory, unless a request for it would be refused.
    private func entry(_ name: String, _ request: borrowing Request) async -> IndexEntry? {
        let found = await request.subrequest(toEntry: name)
        guard let status = found.fileStatus, isShown(found.response.status) else { return nil }
        var entry = IndexEntry(status.isDirectory ? name + "/" : name)
        entry.isDirectory = status.isDirectory
        guard isFancy else { return entry }
        entry.modified = WallTime(
            microseconds: status.modified * 1_000_000 + status.modifiedNanoseconds / 1000)
        let path = request.filename! + name
        if status.isDirectory {
            let directory = "^^DIRECTORY^^"
            entry.icon = config.icons.value(for: path) ?? config.icons.value(for: directory)
            entry.alternative =
                config.alternatives.value(for: path)
                ?? config.alternatives.value(for: directory) ?? "DIR"
        } else {
            let file = IndexItem.File(
                path: path, type: found.response.contentType.map(Self.withoutParameters),
                encoding: found.response.contentEncoding)
            entry.icon = config.icons.value(for: file)
            entry.alternative = config.alternatives.value(for: file)
            entry.size = status.size
        }
        entry.description = description(of: path)
        if entry.description == nil, query.flags.contains(.scanHTMLTitles),
            found.response.status == .ok, found.isHTML, found.response.contentEncoding == nil
        {
            entry.description = DescriptionText.title(of: path)
        }
        return entry
    }

    private func isShown(_ status: HTTPStatus) -> Bool {
        status.isSuccess || status.isRedirection
            || query.flags.contains(.showForbidden)
                && (status == .forbidden || status == .unauthorized)
    }

    private func description(of path: String) -> [UInt8]? {
        config.descriptions.first { $0.applies(to: path) }?.text.bytes
    }

    private static func withoutParameters(_ type: String) -> String {
        String(type.prefix { $0 != ";" && $0 != " " })
    }

    // MARK: What stands around

    private func writeHead(
        _ page: inout IndexPage, _ title: String, _ request: inout Request
    ) async {
        let suppresses = query.flags.contains(.suppressHTMLPreamble)
        switch await included(config.headers, request) {
        case .html(let text):
            if !suppresses { page.writePreamble(title: title) }
            return page.write(text)
        case .failed:
            // As httpd has it: where the header should have brought the preamble, there is none.
            page.writePreamble(title: title)
            page.writeHeading(title: title)
        case .plain(let text):
            page.writePreamble(title: title)
            page.writePlain(text)
        case .nothing:
            page.writePreamble(title: title)
            page.writeHeading(title: title)
        }
    }

    private func writeTail(_ page: inout IndexPage, _ request: inout Request) async {
        switch await included(config.readmes, request) {
        case .html(let text):
            page.write(text)
            if query.flags.contains(.suppressHTMLPreamble) { return }
        case .plain(let text): page.writePlain(text)
        case .failed, .nothing: page.write(request.signature(prefix: ""))
        }
        page.write("</body></html>\n")
    }

    /// What a header or readme turned out to be.
    private enum Included {
        case nothing, failed
        case html([UInt8])
        case plain([UInt8])
    }

    private func included(_ items: [IndexItem], _ request: borrowing Request) async -> Included {
        guard let name = items.value(for: request.filename!) else { return .nothing }
        var found = await request.subrequest(to: name)
        guard found.response.status == .ok, let filename = found.filename,
            found.fileStatus?.isRegular == true
        else { return .nothing }
        if found.isHTML {
            do throws(RequestError) {
                return .html(try await found.runSubrequest())
            } catch {
                return .failed
            }
        }
        guard found.response.contentType?.lowercased().hasPrefix("text/") == true,
            let size = found.fileStatus?.size,
            let text = try? OpenFile(filename).read(at: 0, count: Int(size))
        else { return .nothing }
        return .plain(text)
    }
}

extension Request {
    fileprivate var isHTML: Bool {
        guard let type = response.contentType?.lowercased() else { return false }
        return type.hasPrefix("text/html") || type.hasPrefix("application/xhtml+xml")
    }
}
