// SPDX-License-Identifier: Apache-2.0

/// What a command's own name says: `a2(en|dis)(mod|site|conf)(-SUFFIX)?`.
struct EnablingName: Equatable {
    enum Action: String {
        case enable, disable

        /// The folders of the markers are `enabled_by_admin` and so on.
        var participle: String { rawValue + "d" }
    }

    let action: Action
    let kind: Kind
    /// `-SUFFIX`, or nothing.
    let suffix: String

    init(action: Action, kind: Kind, suffix: String = "") {
        self.action = action
        self.kind = kind
        self.suffix = suffix
    }

    /// - Parameter name: the command's name without its path; nil for one of another form.
    init?(_ name: String) {
        for action in [Action.enable, .disable] {
            for (word, kind) in [("mod", Kind.module), ("site", .site), ("conf", .conf)] {
                let command = "a2\(action == .enable ? "en" : "dis")\(word)"
                guard name.hasPrefix(command) else { continue }
                let rest = String(name.dropFirst(command.count))
                guard rest.isEmpty || rest.hasPrefix("-") && rest.count > 1 else { return nil }
                self.init(action: action, kind: kind, suffix: rest)
                return
            }
        }
        return nil
    }

    /// The command that does a thing or takes it back.
    static func command(_ action: Action, _ kind: Kind, suffix: String) -> String {
        let word = kind == .module ? "mod" : kind.rawValue
        return "a2\(action == .enable ? "en" : "dis")\(word)\(suffix)"
    }
}
