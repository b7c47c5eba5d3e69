// SPDX-License-Identifier: Apache-2.0

// What a module has the parent do beside supervising the server's own children, such as keeping
// the processes of an application running. The parent has one thread and forks, so a service
// neither blocks nor starts a thread or a task: it is told when something happened, and returns.
//
//     hooks.startServices.add(Self.self) { server, services throws(ConfigError) in
//         try services.start(Daemons(server))
//     }

public import ApusConfiguration
import ApusRuntime

/// Something that runs in the parent, from before the first child is forked until the server ends.
///
/// The corresponding functions of httpd are `apr_proc_other_child_register` and the hook monitor.
public protocol ParentService: AnyObject {
    /// By which the service of the next image finds what this one hands on; no other service's.
    var name: String { get }
    /// How long its processes may take to end when the server does; killed when they take longer.
    var stopTimeout: Duration { get }

    /// Begins, before there are children.
    ///
    /// A descriptor that is open now, or when a child is forked later, is open in the child too,
    /// unless `closeInChild` closes it; each has to be close-on-exec.
    ///
    /// - Parameters:
    ///   - parent: what the service may ask for, for as long as it exists.
    ///   - inherited: what the service of this name handed on, in the image before a restart. The
    ///     descriptors are the service's now; processes that it does not adopt are ended.
    /// - Throws: why the server cannot be started.
    func start(in parent: ParentContext, inherited: ServiceState?) throws(ConfigError)

    /// Closes, in a child that was just forked and is still root, what is the parent's alone.
    func closeInChild()

    /// What outlives the restart that is about to replace this image.
    ///
    /// It may fail, and the service then goes on, so this changes nothing. Processes that are not
    /// handed on are ended by the next image; descriptors that are not are closed.
    func handOn(isGraceful: Bool) -> ServiceState?

    /// The server ends: gracefully once the children have finished, at once with them.
    ///
    /// The parent leaves when the service's processes have ended, or have been killed.
    func stop(in parent: ParentContext)
}

extension ParentService {
    public var stopTimeout: Duration { .seconds(10) }
    public func closeInChild() {}
    public func handOn(isGraceful: Bool) -> ServiceState? { nil }
    public func stop(in parent: ParentContext) { parent.signalAll(.terminate) }
}

/// What a service leaves to the service of its name in the next image of the parent.
public struct ServiceState: Sendable, Hashable {
    /// Whatever the service makes of them; the next image may be another release.
    public var bytes: [UInt8]
    /// They have the same numbers in the next image, where they are close-on-exec again.
    public var descriptors: [CInt]
    public var processes: [Int32]

    public init(bytes: [UInt8] = [], descriptors: [CInt] = [], processes: [Int32] = []) {
        self.bytes = bytes
        self.descriptors = descriptors
        self.processes = processes
    }
}
