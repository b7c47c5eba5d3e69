// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Loadable modules: a folder, a target and a dynamic library each.
let modules: [String] = [
    "mod_alias",
    "mod_auth_basic",
    "mod_authn_core",
    "mod_authn_file",
    "mod_authz_core",
    "mod_authz_host",
    "mod_authz_user",
    "mod_autoindex",
    "mod_cgi",
    "mod_cgid",
    "mod_dir",
    "mod_env",
    "mod_headers",
    "mod_mime",
    "mod_mpm_event",
    "mod_mpm_prefork",
    "mod_mpm_worker",
    "mod_reqtimeout",
    "mod_setenvif",
    "mod_status",
    "mod_wsgi",
]

/// What some modules share; linked into each of them.
let shared: [String: [Target.Dependency]] = [
    "mod_cgi": ["CGIScripts"],
    "mod_cgid": ["CGIScripts"],
    "mod_wsgi": ["CWorkerProtocol"],
]

/// Modules with parts that can be tested without a server, in Tests/NAMETests.
let testedModules: [String] = [
    "mod_alias",
    "mod_auth_basic",
    "mod_authn_core",
    "mod_authn_file",
    "mod_authz_core",
    "mod_autoindex",
    "mod_cgi",
    "mod_env",
    "mod_headers",
    "mod_mime",
    "mod_reqtimeout",
    "mod_setenvif",
    "mod_status",
    "mod_wsgi",
]

/// Modules that tests load and that are not installed.
let testModules: [String] = ["test_suspension", "test_websocket_echo"]

/// Command-line tools: each a thin executable over ToolSupport.
let tools: [String] = [
    "a2enmod", "a2dismod", "a2ensite", "a2dissite", "a2enconf", "a2disconf", "a2query", "a2reload",
    "apachectl", "apus-serve", "rotatelogs",
]

let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

/// A Python worker runs in somebody else's process, the interpreter: it brings no runtime of Swift
/// along, and shows no symbols but its own entry.
let embedded: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Embedded"),
    .unsafeFlags(["-wmo"]),
    // Checked in debug builds, in which the tests run.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let core: Target.Dependency = .product(name: "Apus", package: "Core")

let moduleTargets: [Target] = modules.map {
    .target(
        name: $0, dependencies: [core] + shared[$0, default: []], path: "Sources/Modules/\($0)",
        swiftSettings: settings)
}

let testModuleTargets: [Target] = testModules.map {
    .target(name: $0, dependencies: [core], path: "Tests/\($0)", swiftSettings: settings)
}

let moduleTests: [Target] = testedModules.map {
    .testTarget(
        name: "\($0)Tests",
        dependencies: [core, .target(name: $0)] + shared[$0, default: []],
        path: "Tests/\($0)Tests", swiftSettings: settings)
}

let toolTargets: [Target] = tools.map {
    .executableTarget(
        name: $0, dependencies: ["ToolSupport"], path: "Sources/Tools/\($0)",
        swiftSettings: settings)
}

let otherTargets: [Target] = [
    .executableTarget(
        name: "httpd", dependencies: [core], path: "Sources/httpd", swiftSettings: settings),
    .target(
        name: "CGIScripts", dependencies: [core], path: "Sources/Modules/CGIScripts",
        swiftSettings: settings),
    // What the server and a Python worker share; C, for a worker is Embedded Swift.
    .target(name: "CWorkerProtocol", path: "Sources/Python/CWorkerProtocol"),
    .target(name: "CPythonABI", path: "Sources/Python/CPythonABI"),
    .target(
        name: "CWorkerPlatform", dependencies: ["CWorkerProtocol"],
        path: "Sources/Python/CWorkerPlatform"),
    .target(
        name: "PythonWorker",
        dependencies: ["CPythonABI", "CWorkerPlatform", "CWorkerProtocol"],
        path: "Sources/Python/PythonWorker", exclude: ["exports.map"],
        swiftSettings: embedded,
        linkerSettings: [
            .unsafeFlags([
                "-Xlinker",
                "--version-script=\(Context.packageDirectory)/Sources/Python/PythonWorker/exports.map",
                "-Xlinker", "--gc-sections",
            ]),
            .unsafeFlags(["-Xlinker", "-s"], .when(configuration: .release)),
        ]),
    // It hashes as the server does, so it is of the core.
    .executableTarget(
        name: "htpasswd", dependencies: [core], path: "Sources/Tools/htpasswd",
        swiftSettings: settings),
    .target(
        name: "ToolSupport", path: "Sources/Tools/ToolSupport", swiftSettings: settings),
    .testTarget(
        name: "ToolSupportTests",
        dependencies: ["ToolSupport", "htpasswd"] + tools.map { .target(name: $0) },
        path: "Tests/ToolSupportTests", swiftSettings: settings),
    .testTarget(
        name: "ApusConfigurationTests", dependencies: [core],
        path: "Tests/ApusConfigurationTests", swiftSettings: settings),
    .testTarget(
        name: "ApusHTTPTests", dependencies: [core], path: "Tests/ApusHTTPTests",
        swiftSettings: settings),
    .testTarget(
        name: "ApusRuntimeTests", dependencies: [core], path: "Tests/ApusRuntimeTests",
        swiftSettings: settings),
    // What tests drive that need a server's parent, which must not have threads.
    .executableTarget(
        name: "process-probe", dependencies: [core], path: "Tests/process-probe",
        swiftSettings: settings),
    .testTarget(
        name: "ApusTests", dependencies: [core, "process-probe", "Support"],
        path: "Tests/ApusTests",
        swiftSettings: settings),
    // Tests of behaviour speak to a server process alone, so they need none of its code.
    .target(name: "Support", path: "Tests/Support", swiftSettings: settings),
    .testTarget(
        name: "PythonWorkerTests", dependencies: ["Support"],
        path: "Tests/PythonWorkerTests", swiftSettings: settings),
    .testTarget(
        name: "IntegrationTests", dependencies: ["Support"], path: "Tests/Integration",
        swiftSettings: settings),
]

let package = Package(
    name: "Apus",
    products: (modules + testModules).map {
        .library(name: $0, type: .dynamic, targets: [$0])
    }
        + [.library(name: "PythonWorker", type: .dynamic, targets: ["PythonWorker"])],
    dependencies: [.package(path: "Sources/Core")],
    targets: moduleTargets + testModuleTargets + moduleTests + toolTargets + otherTargets,
    swiftLanguageModes: [.v6]
)
