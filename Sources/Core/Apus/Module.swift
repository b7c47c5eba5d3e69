// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
public import ApusHTTP

/// A part of the server that can be loaded: its name, its directives, the phases it takes part in.
///
/// A type that conforms to this is the whole declaration; docs/writing-a-module.md takes a small
/// one from nothing to its test. The corresponding structure of httpd is `module`.
public protocol Module: Sendable {
    /// Settings that hold for a whole virtual host.
    associatedtype ServerConfig: ModuleConfig = NoConfig
    /// Settings that hold for a directory, a location or a file.
    associatedtype DirectoryConfig: ModuleConfig = NoConfig

    /// The name that `LoadModule` and `<IfModule>` use, such as `headers_module`.
    static var name: String { get }
    static var serverDirectives: [Directive<ServerConfig>] { get }
    static var directoryDirectives: [Directive<DirectoryConfig>] { get }
    /// Joins the phases. Called once at each start, in the order the modules were loaded.
    static func register(in hooks: inout Hooks)
}

extension Module {
    public static var serverDirectives: [Directive<ServerConfig>] { [] }
    public static var directoryDirectives: [Directive<DirectoryConfig>] { [] }
    public static func register(in hooks: inout Hooks) {}

    /// The name of httpd's source file, which `<IfModule mod_headers.c>` and `httpd -l` use.
    public static var sourceName: String {
        switch name {
        case "core_module": "core.c"
        case _ where name.hasPrefix("mpm_"): "\(name.dropLast("_module".count).dropFirst(4)).c"
        default: "mod_\(name.dropLast("_module".count)).c"
        }
    }
}

/// What the entry symbol of a loadable module returns: the module, and the core it was built for.
///
/// Swift has no stable layout between builds of the core, so a module of another build is refused
/// when it is loaded, before anything of it runs.
public final class ModuleEntry: Sendable {
    /// Changes with every change of the core that a compiled module could see.
    public static let buildIdentity: StaticString = "Apus 0.1.0 module API 1"

    let type: any Module.Type
    let identity: StaticString
    /// The sizes of what is passed between the core and a module, as the module knows them.
    let layout: [Int]

    @inlinable
    public convenience init(_ type: any Module.Type) {
        // Inlined into the module, so that these are what it was compiled against.
        self.init(type, identity: "Apus 0.1.0 module API 1", layout: Self.currentLayout)
    }

    public init(_ type: any Module.Type, identity: StaticString, layout: [Int]) {
        self.type = type
        self.identity = identity
        self.layout = layout
    }

    @inlinable @inline(__always)
    static var currentLayout: [Int] {
        [
            MemoryLayout<Request>.size, MemoryLayout<Response>.size, MemoryLayout<Hooks>.size,
            MemoryLayout<ResponseHead>.size, MemoryLayout<CoreModule.ServerConfig>.size,
            MemoryLayout<CoreModule.DirectoryConfig>.size, MemoryLayout<Fields>.size,
            MemoryLayout<RequestHead>.size,
        ]
    }

    /// Whether the module was compiled against this very core.
    var fitsThisCore: Bool {
        "\(identity)" == "\(Self.buildIdentity)" && layout == Self.currentLayout
    }

    /// The pointer an entry symbol returns.
    ///
    /// The entry lives as long as the process.
    public var retained: UnsafeRawPointer {
        unsafe UnsafeRawPointer(Unmanaged.passRetained(self).toOpaque())
    }
}
