// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Where the server is installed (`Scripts/install --prefix FOLDER`).
let prefix = Context.environment["APUS_PREFIX"] ?? "/opt/apus"

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // A function that waits stays on its connection's loop.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-I", "\(prefix)/include"]),
]

// The server has the library already when it loads the module; a test has to find it.
let core: [LinkerSetting] = [
    .unsafeFlags(["-L\(prefix)/lib", "-lApus", "-Xlinker", "-rpath=\(prefix)/lib"])
]

let package = Package(
    name: "mod_hello",
    products: [.library(name: "mod_hello", type: .dynamic, targets: ["mod_hello"])],
    targets: [
        .target(name: "mod_hello", swiftSettings: settings, linkerSettings: core),
        .testTarget(
            name: "mod_helloTests", dependencies: ["mod_hello"], swiftSettings: settings,
            linkerSettings: core),
    ],
    swiftLanguageModes: [.v6]
)
