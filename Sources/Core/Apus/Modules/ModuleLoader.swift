// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusRuntime
internal import Glibc

/// Loads modules as `LoadModule` says.
public struct ModuleLoader: Sendable {
    /// The folder of the server's own program.
    let programDirectory: String

    public init(programDirectory: String) { self.programDirectory = programDirectory }

    /// The module that the file at `path` holds under the symbol `name`.
    ///
    /// - Parameters:
    ///   - path: as resolved against ServerRoot. Where there is no such file, a module of that
    ///     file name among this server's own is taken, so that configurations written for another
    ///     installation of httpd work as they stand.
    ///   - written: the path as it stands in the configuration, for messages.
    public func load(
        _ name: String, from path: String, written: String
    ) throws(ArgumentError) -> any Module.Type {
        let file = try find(path, written)
        let object: SharedObject
        do throws(APRError) {
            object = try SharedObject(path: file)
        } catch {
            throw ArgumentError(
                "Cannot load \(written) into server: \(error.detail ?? error.reason)",
                remedy: Self.remedy(for: error.detail ?? "", file: file))
        }
        let symbol: UnsafeMutableRawPointer
        do throws(APRError) {
            unsafe symbol = try object.symbol(name)
        } catch {
            throw ArgumentError(
                "Can't locate API module structure `\(name)' in file \(file): \(error.detail ?? error.reason)",
                remedy: "the first argument of LoadModule must be the module's own name")
        }
        let entry = unsafe Self.entry(symbol)
        guard entry.fitsThisCore else {
            throw ArgumentError(
                "API module structure '\(name)' in file \(file) is garbled - "
                    + "expected signature '\(ModuleEntry.buildIdentity)' but saw '\(entry.identity)' with layout \(entry.layout) - "
                    + "perhaps this is not an Apus module DSO, or was compiled for a different Apus version?",
                remedy: "build the module again with this server's sources")
        }
        return entry.type
    }

    /// - Parameter problem: what the dynamic linker said.
    private static func remedy(for problem: String, file: String) -> String {
        guard problem.contains("undefined symbol: ap_") else {
            return "is it a module, and built for this machine?"
        }
        let name = DirectoryWalk.lastComponent(of: file)
        return "this is a module of Apache httpd, which only Apache httpd can load, "
            + "and this server has no \(name) of its own"
    }

    private static func entry(_ symbol: UnsafeMutableRawPointer) -> ModuleEntry {
        typealias EntryPoint = @convention(c) () -> UnsafeRawPointer
        let entryPoint = unsafe unsafeBitCast(symbol, to: EntryPoint.self)
        return unsafe Unmanaged<ModuleEntry>.fromOpaque(entryPoint()).takeUnretainedValue()
    }

    private func find(_ path: String, _ written: String) throws(ArgumentError) -> String {
        let name = DirectoryWalk.lastComponent(of: path)
        let candidates = [
            "\(programDirectory)/../modules/\(name)", "\(programDirectory)/lib\(name)",
        ]
        // A module of the real httpd cannot be loaded here, so ours of that name comes first.
        if let own = candidates.first(where: { FileStatus(of: $0)?.isRegular == true }) {
            return own
        }
        if FileStatus(of: path)?.isRegular == true { return path }
        throw ArgumentError(
            "Cannot load \(written) into server: \(path): cannot open shared object file: No such file or directory",
            remedy: "there is no \(name) here; `httpd -l` and the modules folder show what there is"
        )
    }
}
