// SPDX-License-Identifier: Apache-2.0

/// What reading the configuration asks of the server.
public protocol ConfigReaderDelegate: AnyObject {
    /// The directives known so far. It grows when a module is loaded, and the next line counts.
    var table: DirectiveTable { get }

    /// `LoadModule`.
    ///
    /// - Parameter file: as written. The server looks for a module of its own of that file name
    ///   when the path is one of another server.
    func loadModule(_ name: String, file: String, context: ReadTimeContext) throws(ArgumentError)

    /// `LoadFile`.
    func loadFile(_ file: String, context: ReadTimeContext) throws(ArgumentError)

    /// Called before a file is read, for `-t -D DUMP_INCLUDES`.
    ///
    /// - Parameters:
    ///   - line: of the directive that includes it; nil for the main file.
    ///   - depth: 1 for the main file.
    func willRead(file: String, includedOn line: Int?, depth: Int)
}

extension ConfigReaderDelegate {
    public func willRead(file: String, includedOn line: Int?, depth: Int) {}
}
