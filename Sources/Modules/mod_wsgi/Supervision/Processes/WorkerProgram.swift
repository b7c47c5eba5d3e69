// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// What a worker is started as: the interpreter with a line of Python that loads the extension.
///
/// Nothing of the server's environment gets into it, for a `PYTHONHOME` of somebody's shell would
/// break it.
struct WorkerProgram {
    let order: WorkerOrder
    let interpreter: Interpreter
    let settings: PythonSettings
    private let identity: ProgramIdentity
    private let account: AccountEntry?

    /// - Parameter privileges: whom the server's own children run as.
    init(
        order: WorkerOrder, interpreter: Interpreter, settings: PythonSettings,
        privileges: Privileges, isRoot: Bool
    ) {
        self.order = order
        self.interpreter = interpreter
        self.settings = settings
        identity = ProgramIdentity(ofWorkersOf: order.group, privileges, isRoot: isRoot)
        account = AccountEntry(user: identity.user ?? geteuid())
    }

    /// - Parameter descriptors: by their numbers in the worker.
    func program(descriptors: [CInt: CInt]) -> Program {
        let group = order.group
        var program = Program(
            interpreter.path, arguments: CStringList(arguments), environment: environment,
            directory: directory)
        program.leadership = .session
        program.descriptors = descriptors
        program.umask = group.umask
        program.niceness = group.cpuPriority.map { CInt($0) }
        program.identity = identity
        // What the server needs of descriptors an application need not have.
        if let limit = DescriptorLimit.original { program.limits[.openFiles] = limit }
        if let limit = group.cpuTimeLimit {
            let seconds = UInt64(max(1, limit.nanoseconds / 1_000_000_000))
            program.limits[.processorTime] = ResourceLimit(soft: seconds, hard: seconds)
        }
        if let limit = group.memoryLimit {
            program.limits[.data] = ResourceLimit(soft: UInt64(limit), hard: UInt64(limit))
        }
        if let limit = group.virtualMemoryLimit {
            program.limits[.memory] = ResourceLimit(soft: UInt64(limit), hard: UInt64(limit))
        }
        return program
    }

    /// The interpreter finds its home by its own name, so that is its path; the worker changes what
    /// `ps` shows.
    private var arguments: [String] {
        // Isolated, it would not look at the environment for the seed either.
        var arguments = [interpreter.path, settings.hashSeed == nil ? "-I" : "-s"]
        if settings.optimize > 0 { arguments.append(settings.optimize == 1 ? "-O" : "-OO") }
        if settings.dontWriteBytecode { arguments.append("-B") }
        for warning in settings.warnings { arguments += ["-W", warning] }
        return arguments + ["-c", unsafe String(cString: apus_loader())]
    }

    private var environment: CStringList {
        var variables = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": order.group.lang ?? "C.UTF-8",
            "LC_ALL": order.group.locale ?? order.group.lang ?? "C.UTF-8",
        ]
        if let seed = settings.hashSeed { variables["PYTHONHASHSEED"] = seed }
        if let account {
            variables["USER"] = account.name
            variables["LOGNAME"] = account.name
            variables["HOME"] = account.home
        }
        // Where the application may put what it needs for a while only.
        if let directory = ProcessEnvironment.value("TMPDIR") { variables["TMPDIR"] = directory }
        return CStringList(variables.map { "\($0)=\($1)" }.sorted())
    }

    /// mod_wsgi starts where `home` says, or in the home of the user that `user` names.
    private var directory: String {
        if let home = order.group.home { return home }
        let root = identity.rootDirectory ?? ""
        if order.group.user != nil, let home = account?.home,
            FileStatus(of: root + home)?.isDirectory == true
        {
            return home
        }
        return "/"
    }
}

extension ProgramIdentity {
    /// Whose processes those of a group are; nobody else's than the server's, unless that is root.
    init(ofWorkersOf process: ProcessGroup, _ privileges: Privileges, isRoot: Bool) {
        guard isRoot, let user = process.user?.id ?? privileges.user?.id else {
            self.init()
            return
        }
        let group =
            process.group ?? process.user?.group ?? privileges.group?.id ?? privileges.user?.group
        let account = AccountEntry(user: user)
        let groups =
            process.supplementaryGroups ?? account.map { $0.groups(with: group ?? $0.group) }
            ?? group.map { [$0] }
        self.init(
            user: user, group: group, supplementaryGroups: groups,
            rootDirectory: process.chroot ?? privileges.rootDirectory)
    }
}

/// What the system's list of users says of one.
struct AccountEntry {
    let name: String
    let group: UInt32
    let home: String

    init?(user: UInt32) {
        guard let entry = unsafe getpwuid(user) else { return nil }
        name = unsafe String(cString: entry.pointee.pw_name)
        group = unsafe entry.pointee.pw_gid
        home = unsafe String(cString: entry.pointee.pw_dir)
    }

    /// All groups of the user, one given included.
    func groups(with group: UInt32) -> [UInt32] {
        var count: CInt = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard unsafe getgrouplist(name, group, &groups, &count) >= 0 else { return [group] }
        return Array(groups[..<Int(count)])
    }
}
