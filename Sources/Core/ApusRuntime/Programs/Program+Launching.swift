// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// A process that was just started.
struct LaunchedProgram: ~Copyable {
    let pid: Int32
    let pidfd: FileDescriptor
}

extension Program {
    func launch() throws(SystemError) -> LaunchedProgram {
        var pidfd: CInt = -1
        var failed: UnsafePointer<CChar>?
        let pid = unsafe withCStructure { program in
            unsafe cplatform_start_program(&program, &pidfd, &failed)
        }
        guard pid > 0 else {
            let code = errno
            throw SystemError(
                code: code, call: unsafe failed.map { unsafe String(cString: $0) } ?? "")
        }
        return LaunchedProgram(pid: pid, pidfd: FileDescriptor(owning: pidfd))
    }

    private func withCStructure(_ body: (inout cplatform_program) -> pid_t) -> pid_t {
        var program = unsafe cplatform_program()
        unsafe program.leadership = leadership.value
        unsafe program.has_user = identity.user == nil ? 0 : 1
        unsafe program.user = identity.user ?? 0
        unsafe program.has_group = identity.group == nil ? 0 : 1
        unsafe program.group = identity.group ?? 0
        unsafe program.has_umask = umask == nil ? 0 : 1
        unsafe program.umask = umask ?? 0
        unsafe program.has_niceness = niceness == nil ? 0 : 1
        unsafe program.niceness = niceness ?? 0
        return unsafe withTexts(&program) { program in
            unsafe withLists(&program, body)
        }
    }

    private func withTexts(
        _ program: inout cplatform_program, _ body: (inout cplatform_program) -> pid_t
    ) -> pid_t {
        unsafe arguments.withPointers { arguments in
            unsafe environment.withPointers { environment in
                unsafe path.withFileSystemPath { path in
                    unsafe withPath(directory) { directory in
                        unsafe withPath(identity.rootDirectory) { root in
                            unsafe program.arguments = arguments
                            unsafe program.environment = environment
                            unsafe program.path = path
                            unsafe program.directory = directory
                            unsafe program.root = root
                            return unsafe body(&program)
                        }
                    }
                }
            }
        }
    }

    private func withLists(
        _ program: inout cplatform_program, _ body: (inout cplatform_program) -> pid_t
    ) -> pid_t {
        var pairs = descriptors.map { cplatform_descriptor(source: $0.value, target: $0.key) }
        let limits = limits.map { resource, limit in
            cplatform_limit(resource: resource.resource, soft: limit.soft, hard: limit.hard)
        }
        let groups = identity.supplementaryGroups
        return unsafe pairs.withUnsafeMutableBufferPointer { pairs in
            unsafe limits.withUnsafeBufferPointer { limits in
                unsafe (groups ?? []).withUnsafeBufferPointer { list in
                    unsafe program.descriptors = pairs.baseAddress
                    unsafe program.descriptor_count = pairs.count
                    unsafe program.limits = limits.baseAddress
                    unsafe program.limit_count = limits.count
                    unsafe program.has_groups = groups == nil ? 0 : 1
                    unsafe program.groups = list.baseAddress
                    unsafe program.group_count = list.count
                    return unsafe body(&program)
                }
            }
        }
    }
}

private func withPath<Result>(
    _ path: String?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
    guard let path else { return body(nil) }
    return unsafe path.withFileSystemPath { unsafe body($0) }
}

extension Program.Leadership {
    fileprivate var value: cplatform_leadership {
        switch self {
        case .none: CPLATFORM_LEADS_NOTHING
        case .processGroup: CPLATFORM_LEADS_GROUP
        case .session: CPLATFORM_LEADS_SESSION
        }
    }
}
