// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What one directive after another said about a part of an extension's meaning.
enum Attribute<Value: Sendable>: Sendable {
    case unset
    /// By a Remove directive, which also hides what outer sections say.
    case removed
    case value(Value)

    /// Sets a value, unless it is removed: within a section, Remove directives act last.
    mutating func add(_ value: Value) {
        if case .removed = self { return }
        self = .value(value)
    }

    func over(_ outer: Self) -> Self {
        if case .unset = self { return outer }
        return self
    }
}

/// What an extension of a file's name says about the file.
struct ExtensionMeaning: Sendable {
    var type = Attribute<String>.unset
    var encoding = Attribute<String>.unset
    var language = Attribute<String>.unset
    var charset = Attribute<String>.unset
    var handler = Attribute<String>.unset
    var inputFilters = Attribute<[String]>.unset
    var outputFilters = Attribute<[String]>.unset

    func over(_ outer: Self) -> Self {
        var merged = Self()
        merged.type = type.over(outer.type)
        merged.encoding = encoding.over(outer.encoding)
        merged.language = language.over(outer.language)
        merged.charset = charset.over(outer.charset)
        merged.handler = handler.over(outer.handler)
        merged.inputFilters = inputFilters.over(outer.inputFilters)
        merged.outputFilters = outputFilters.over(outer.outputFilters)
        return merged
    }
}

/// What the extensions mean in a section.
struct ExtensionMap: Mergeable, Sendable {
    /// In an object, for each request that asks takes hold of it: one reference, not one for each
    /// array of a table.
    private final class Contents: Sendable {
        let table: ExtensionTable<ExtensionMeaning>

        init(_ table: ExtensionTable<ExtensionMeaning>) { self.table = table }
    }

    private var contents: Contents?

    /// Where an extension stands in the table.
    func index(of name: Span<UInt8>) -> Int? { contents?.table.index(of: name) }

    /// What the extension at that place means.
    subscript(index: Int) -> ExtensionMeaning { contents!.table.values[index] }

    /// Changes what an extension means; it may be written with its dot.
    mutating func update(_ name: String, _ change: (inout ExtensionMeaning) -> Void) {
        let name = name.hasPrefix(".") ? String(name.dropFirst()) : name
        var table = contents?.table ?? ExtensionTable()
        table.update(name, or: ExtensionMeaning(), change)
        contents = Contents(table)
    }

    func merged(over parent: Self) -> Self {
        guard let inner = contents?.table else { return parent }
        guard var table = parent.contents?.table else { return self }
        table.merge(inner) { inner, outer in inner.over(outer) }
        var result = self
        result.contents = Contents(table)
        return result
    }
}
