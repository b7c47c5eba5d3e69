// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// `script-user` and `script-group`: a script that somebody else could have put there is not run.
enum ScriptOwner {
    static func check(_ request: borrowing Request, _ target: Target) throws(RequestError) {
        guard target.group.scriptUser != nil || target.group.scriptGroup != nil else { return }
        let group = target.group
        guard let script = FileStatus(of: target.script.path) else {
            throw refusal("Target WSGI script not found or unable to stat", target)
        }
        try check(script, group, "WSGI script file", target)
        let slash = target.script.path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(target.script.path[..<$0]) } ?? ""
        guard let parent = FileStatus(of: folder.isEmpty ? "/" : folder) else {
            throw refusal("Unable to stat parent directory of WSGI script", target)
        }
        try check(parent, group, "parent directory of WSGI script file", target)
    }

    private static func check(
        _ status: FileStatus, _ group: ProcessGroup, _ what: String, _ target: Target
    ) throws(RequestError) {
        let subject = what.prefix(1).uppercased() + what.dropFirst()
        if let user = group.scriptUser, status.owner != user {
            throw refusal(
                "Owner of \(what) does not match required user for daemon process", target)
        }
        if let wanted = group.scriptGroup {
            guard status.group == wanted else {
                throw refusal(
                    "Group of \(what) does not match required group for daemon process", target)
            }
            if status.permissions & 0o002 != 0 {
                throw refusal("\(subject) is writable to world", target)
            }
        } else if status.permissions & 0o020 != 0 {
            throw refusal("\(subject) is writable to group", target)
        } else if status.permissions & 0o002 != 0 {
            throw refusal("\(subject) is writable to world", target)
        }
    }

    private static func refusal(_ reason: String, _ target: Target) -> RequestError {
        RequestError(.forbidden, "\(reason): \(target.script.path)")
    }
}
