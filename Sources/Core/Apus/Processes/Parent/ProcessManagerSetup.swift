// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime

/// What the parent says in the log; the texts are httpd's, the numbers those of each MPM.
public struct ProcessWording: Sendable, Hashable {
    public var configured: String
    public var stopping: String
    public var stoppingGracefully: String
    public var restarting: String
    public var restartingGracefully: String
    public var cannotFork: String
    /// nil: the server goes on trying when no child can get what it needs.
    public var sick: String?

    public init(
        configured: String, stopping: String, stoppingGracefully: String, restarting: String,
        restartingGracefully: String, cannotFork: String, sick: String?
    ) {
        self.configured = configured
        self.stopping = stopping
        self.stoppingGracefully = stoppingGracefully
        self.restarting = restarting
        self.restartingGracefully = restartingGracefully
        self.cannotFork = cannotFork
        self.sick = sick
    }
}

/// All the parent needs to run children.
public struct ProcessManagerSetup {
    public var plan: ProcessingPlan
    /// Says once a second whether there are too few children, or too many.
    public var maintain:
        (Census, inout SpareMemory) -> (
            decision: SpareDecision, messages: [ProcessMessage]
        )
    public var wording: ProcessWording
    /// What the server is, as the log says it: `Apus/0.1.0 (Unix)`.
    public var banner: String
    public var listeners: Listeners
    /// The program and its arguments, for a restart.
    public var image: ProgramImage
    public var privileges = Privileges()
    public var pidFile: PIDFile?
    /// `GracefulShutdownTimeout`; zero waits for ever.
    public var gracefulShutdownTimeout: Duration = .zero
    public var otherChildren = OtherChildren()
    public var services = ParentServices()
    /// What the image before a restart handed on.
    public var inherited: RestartState?
    public var log: ProcessLog
    /// Reads the configuration anew, in a process that ends afterwards.
    ///
    /// Returns nil when a server could be started with it, and what is wrong otherwise.
    public var checkConfiguration: () -> String?
    /// Serves, in a child.
    ///
    /// The process ends with it.
    public var serve: (ChildContext) -> Never

    public init(
        plan: ProcessingPlan, wording: ProcessWording, banner: String, listeners: Listeners,
        image: ProgramImage,
        maintain: @escaping (Census, inout SpareMemory) -> (SpareDecision, [ProcessMessage]),
        log: @escaping ProcessLog, checkConfiguration: @escaping () -> String?,
        serve: @escaping (ChildContext) -> Never
    ) {
        self.plan = plan
        self.wording = wording
        self.banner = banner
        self.listeners = listeners
        self.image = image
        self.maintain = { census, memory in maintain(census, &memory) }
        self.log = log
        self.checkConfiguration = checkConfiguration
        self.serve = serve
    }
}
