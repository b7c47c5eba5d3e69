// SPDX-License-Identifier: Apache-2.0

extension Enabler {
    mutating func disable(_ item: Item) throws(ToolFailure) -> Bool {
        if kind == .module {
            guard try disableDependants(of: item.name) else { return false }
        }
        if Files.exists(item.link) || Files.isLink(item.link) {
            return try disableEnabled(item)
        }
        if let settings = item.settings, Files.exists(settings.link) {
            console.say("Disabling stale config file \(item.name).conf.\n")
            try removeLink(settings.link, of: item)
            return true
        }
        console.inform("\(kind.title) \(item.name) already disabled\n")
        if options.purges { _ = mark(item) }
        return true
    }

    private mutating func disableEnabled(_ item: Item) throws(ToolFailure) -> Bool {
        handleSpecialModule(item.name)
        if kind == .module, EssentialModules.names.contains(item.name), !options.isForced {
            try EssentialModules.confirm(item.name, console)
        }
        try removeLink(item.link, of: item)
        if let settings = item.settings, Files.exists(settings.link) {
            try removeLink(settings.link, of: item)
        }
        // As in Debian, what is no link is told as an error, and the rest goes on: a package that
        // is removed calls this, and must not fail because of a file the administrator wrote.
        _ = mark(item)
        console.say("\(kind.title) \(item.name) disabled.\n")
        return true
    }

    private mutating func removeLink(_ link: String, of item: Item) throws(ToolFailure) {
        guard Files.isLink(link) else {
            return console.error("\(link) is not a symbolic link, not deleting")
        }
        try remove(link)
        if changed.last != item.name { changed.append(item.name) }
    }

    /// Refuses to disable what enabled modules need, or disables them too when forced.
    private mutating func disableDependants(of name: String) throws(ToolFailure) -> Bool {
        let dependants = choices.filter { other in
            header(of: "\(enabledFolder)/\(other).load")[.depends].contains(name)
        }
        if dependants.isEmpty { return true }
        if options.isForced { return try actFirst(on: dependants, for: name) }
        console.error(
            "The following modules depend on \(name) and need to be disabled first: "
                + dependants.joined(separator: " "))
        return false
    }
}
