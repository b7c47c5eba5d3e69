// SPDX-License-Identifier: Apache-2.0

/// What is enabled of a kind, and how a name is found among it.
struct EnabledNames {
    let kind: Kind
    let names: [String]

    /// - Throws: `ToolFailure` when there is no such folder.
    init(_ kind: Kind, _ layout: Layout, _ environment: Environment) throws(ToolFailure) {
        self.kind = kind
        let folder = layout.enabled(kind, environment)
        do {
            names = try Files.names(in: folder).filter { $0.hasSuffix(kind.suffix) }
                .map { String($0.dropLast(kind.suffix.count)) }
        } catch {
            throw ToolFailure("\(folder): \(error)")
        }
    }

    /// The MPMs among modules, without their `mpm_`; mpm_itk is not one, it works on prefork.
    var mpms: [String] {
        ["event", "prefork", "worker"].filter { names.contains("mpm_\($0)") }
    }

    /// The names that a given one may mean, the likeliest first.
    ///
    /// `mod_mime` and `mime.load` mean `mime`. Debian cuts off a mere `mod`, too, which spoils the
    /// name of a site called `modern`; here that comes last.
    static func readings(of given: String) -> [String] {
        var name = given
        for suffix in [".conf", ".load"] where name.hasSuffix(suffix) {
            name = String(name.dropLast(suffix.count))
        }
        if name.hasPrefix("mod_") { return [String(name.dropFirst(4)), name] }
        return name.hasPrefix("mod") && name.count > 3 ? [name, String(name.dropFirst(3))] : [name]
    }
}
