// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration

// Which sections a request falls into differs from request to request, but there are few
// combinations. Each loop keeps those it has met as a tree: an edge is a section, a node the
// settings merged along the way. Merging thus happens once for each combination, and a request
// follows a few edges. Settings from .htaccess files hang on nodes of their own, which are kept
// apart and bounded, for anybody who may write files can make them grow.

/// Settings of all modules, merged from the sections that apply.
///
/// Belongs to one loop.
public final class MergedConfig {
    @usableFromInline let settled: SettledConfig
    private var children: [(section: Int, config: MergedConfig)] = []

    private let table: DirectiveTable
    /// The core's own settings, which every request asks for: read in place, never copied.
    let core: CoreModule.DirectoryConfig
    /// The level at which the most is logged, of all modules.
    let mostVerbose: LogLevel

    init(_ vector: ConfigVector, _ table: DirectiveTable) {
        settled = SettledConfig(vector)
        core = vector.config(
            of: CoreModule.DirectoryConfig.self, at: ModuleIndex.of(CoreModule.self))
        mostVerbose = core.logLevels.mostVerbose
        self.table = table
    }

    /// The settings of a module.
    @inlinable
    public func config<M: Module>(of module: M.Type) -> M.DirectoryConfig {
        self[M.self]
    }

    /// The settings of a module, read where they are.
    @inlinable
    public subscript<M: Module>(module: M.Type) -> M.DirectoryConfig {
        @inline(__always) _read {
            yield settled[M.DirectoryConfig.self, at: ModuleIndex.of(M.self)]
        }
    }

    /// These settings with those of `section` laid over them.
    func adding(_ section: Section) -> MergedConfig {
        if let known = children.first(where: { $0.section == section.id }) { return known.config }
        let merged = MergedConfig(
            table.mergeDirectories(section.config, over: settled.vector), table)
        children.append((section.id, merged))
        return merged
    }

    /// These settings with those of a file that is not part of the frozen configuration.
    func adding(_ config: ConfigVector) -> MergedConfig {
        MergedConfig(table.mergeDirectories(config, over: settled.vector), table)
    }
}
