// SPDX-License-Identifier: Apache-2.0

/// The settings of all modules for one section, by the index of the module.
///
/// Where a section says nothing about a module there is nothing, and merging shares the outer
/// settings instead of copying them.
public struct ConfigVector: Sendable {
    @usableFromInline var boxes: [ConfigBox?]

    public init() { boxes = [] }

    init(_ boxes: [ConfigBox?]) { self.boxes = boxes }

    /// The settings of a module; its defaults where nothing was said.
    ///
    /// - Parameters:
    ///   - type: what the module at `index` declared; the table was built from it.
    ///   - index: what `DirectiveTable.add` returned for the module.
    @inlinable
    public func config<Config: ModuleConfig>(of type: Config.Type, at index: Int) -> Config {
        guard index < boxes.count, let box = boxes[index] else { return Config() }
        return unsafe unsafeDowncast(box, to: TypedConfigBox<Config>.self).value
    }

    /// Puts settings in place, as a module does that computes some when all has been read.
    public mutating func set<Config: ModuleConfig>(_ value: Config, at index: Int) {
        reserve(index)
        boxes[index] = TypedConfigBox(value)
    }

    /// Whether the section says anything about the module.
    public func hasConfig(at index: Int) -> Bool { index < boxes.count && boxes[index] != nil }

    public var isEmpty: Bool { boxes.allSatisfy { $0 == nil } }

    /// Changes the settings of a module in place, those of a shared box in a copy.
    mutating func update<Config: ModuleConfig>(
        _ type: Config.Type, at index: Int,
        _ body: (inout Config) throws(ArgumentError) -> Void
    ) throws(ArgumentError) {
        reserve(index)
        if boxes[index] == nil {
            boxes[index] = TypedConfigBox(Config())
        } else if !isKnownUniquelyReferenced(&boxes[index]) {
            boxes[index] = TypedConfigBox(config(of: type, at: index))
        }
        let box = unsafe unsafeDowncast(boxes[index]!, to: TypedConfigBox<Config>.self)
        try body(&box.value)
    }

    /// Takes the box of a module out, so that another can stand there for a while.
    mutating func exchange(at index: Int, with box: ConfigBox?) -> ConfigBox? {
        reserve(index)
        let old = boxes[index]
        boxes[index] = box
        return old
    }

    private mutating func reserve(_ index: Int) {
        if index >= boxes.count {
            boxes.append(contentsOf: repeatElement(nil, count: index + 1 - boxes.count))
        }
    }
}

/// The settings of the server or a virtual host, and those of its directories.
///
/// A directive about directories that stands outside of their sections sets what all of them
/// inherit.
public struct ConfigVectors: Sendable {
    public var server: ConfigVector
    public var directory: ConfigVector

    public init(server: ConfigVector = ConfigVector(), directory: ConfigVector = ConfigVector()) {
        self.server = server
        self.directory = directory
    }

    /// Runs something with a fresh vector for directories, that of a section.
    ///
    /// - Returns: what the section says.
    public mutating func inSection(_ body: (inout ConfigVectors) -> Void) -> ConfigVector {
        var outer = ConfigVector()
        swap(&outer, &directory)
        body(&self)
        swap(&outer, &directory)
        return outer
    }
}

/// The settings of one module in one section, of whatever type.
///
/// `@unchecked` because the value changes only while the configuration is built, by one thread,
/// and only in a box that nothing else refers to. Afterwards it is only read.
@safe
public class ConfigBox: @unchecked Sendable {
    /// Where the value is.
    let place: UnsafeRawPointer

    @usableFromInline init(place: UnsafeRawPointer) { unsafe self.place = unsafe place }
}

@safe
public final class TypedConfigBox<Config: ModuleConfig>: ConfigBox, @unchecked Sendable {
    @usableFromInline let pointer: UnsafeMutablePointer<Config>

    public internal(set) var value: Config {
        @inlinable @inline(__always) _read { yield unsafe pointer.pointee }
        @inline(__always) _modify { yield unsafe &pointer.pointee }
    }

    @usableFromInline
    init(_ value: Config) {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: value)
        unsafe super.init(place: UnsafeRawPointer(pointer))
    }

    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe pointer.deallocate()
    }
}
