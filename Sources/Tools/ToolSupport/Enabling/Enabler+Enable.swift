// SPDX-License-Identifier: Apache-2.0

extension Enabler {
    mutating func enable(_ item: Item) throws(ToolFailure) -> Bool {
        let header = header(of: item.target)
        if kind == .module {
            guard try actFirst(on: header[.depends], for: item.name),
                checkConflicts(header[.conflicts], for: item.name)
            else { return false }
        } else {
            guard checkModules(header[.depends], for: item.name) else { return false }
        }
        switch try state(of: item.link, to: item.target) {
        case .linked:
            return try enableSettings(of: item)
        case .missing, .dangling:
            return try enableMissing(item)
        case .foreign(let reason):
            console.error("\(kind.title) \(item.name) not properly enabled: \(reason)")
            return false
        }
    }

    /// Links the settings of a module that is enabled without them.
    private mutating func enableSettings(of item: Item) throws(ToolFailure) -> Bool {
        guard let settings = item.settings else { return alreadyEnabled(item) }
        switch try state(of: settings.link, to: settings.target) {
        case .linked:
            return alreadyEnabled(item)
        case .missing, .dangling:
            console.say("Enabling config file \(item.name).conf.\n")
            try link(settings.link, to: settings.target)
            changed.append(item.name)
            return true
        case .foreign(let reason):
            return refuseSettings(of: item, reason)
        }
    }

    private mutating func enableMissing(_ item: Item) throws(ToolFailure) -> Bool {
        if let settings = item.settings {
            switch try state(of: settings.link, to: settings.target) {
            case .linked: break
            case .missing, .dangling: try link(settings.link, to: settings.target)
            case .foreign(let reason): return refuseSettings(of: item, reason)
            }
        }
        console.say("Enabling \(kind.rawValue) \(item.name).\n")
        handleSpecialModule(item.name)
        try link(item.link, to: item.target)
        changed.append(item.name)
        return mark(item)
    }

    /// What stands in a link's place, after taking away a link that leads nowhere.
    private func state(of link: String, to target: String) throws(ToolFailure) -> LinkState {
        let state = LinkState(of: link, to: target)
        if state == .dangling {
            console.inform("Removing dangling link \(link)\n")
            try remove(link)
        }
        return state
    }

    private func alreadyEnabled(_ item: Item) -> Bool {
        console.inform("\(kind.title) \(item.name) already enabled\n")
        return true
    }

    private func refuseSettings(of item: Item, _ reason: String) -> Bool {
        console.error("Config file \(item.name).conf not properly enabled: \(reason)")
        return false
    }

    /// Tells every module that is in the way, so that all can be disabled in one go.
    private func checkConflicts(_ names: [String], for name: String) -> Bool {
        var isFree = true
        for other in names {
            console.inform("Considering conflict \(other) for \(name):\n")
            let item = Item(other, self)
            if LinkState(of: item.link, to: item.target) == .linked {
                console.error(
                    "Module \(other) is enabled - cannot proceed due to conflicts. "
                        + "It needs to be disabled first!")
                isFree = false
            }
        }
        return isFree
    }

    /// A site or snippet enables no module by itself; it says which one is missing.
    private func checkModules(_ names: [String], for name: String) -> Bool {
        let folder = layout.enabled(.module, environment)
        for module in names {
            console.inform("Checking dependency \(module) for \(name):\n")
            guard Files.exists("\(folder)/\(module).load") else {
                console.warning(
                    "Module \(module) is not enabled, but \(name) depends on it, aborting")
                return false
            }
        }
        return true
    }
}
