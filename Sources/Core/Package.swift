// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

// The core of the server as a package of its own: SwiftPM links a target statically into every
// product of its own package, but shares a dynamic library of another package. The registries of
// hooks and modules live here, and there must be one of each (docs/architecture.md).

import PackageDescription

let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "Core",
    products: [.library(name: "Apus", type: .dynamic, targets: ["Apus"])],
    targets: [
        .systemLibrary(
            name: "CAPR", path: "CAPR", providers: [.apt(["libapr1-dev", "libaprutil1-dev"])]),
        .systemLibrary(name: "CPCRE2", path: "CPCRE2", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CZlib", path: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CPlatform", path: "CPlatform"),
        .target(
            name: "ApusRuntime", dependencies: ["CAPR", "CPCRE2", "CPlatform", "CZlib"],
            path: "ApusRuntime", swiftSettings: settings),
        .target(
            name: "ApusHTTP", dependencies: ["ApusRuntime"], path: "ApusHTTP",
            swiftSettings: settings),
        .target(
            name: "ApusConfiguration", dependencies: ["ApusRuntime"], path: "ApusConfiguration",
            swiftSettings: settings),
        .target(
            name: "Apus", dependencies: ["ApusRuntime", "ApusHTTP", "ApusConfiguration"],
            path: "Apus", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
