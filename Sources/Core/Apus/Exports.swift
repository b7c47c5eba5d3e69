// SPDX-License-Identifier: Apache-2.0

// A module imports Apus and nothing else of the core.
@_exported public import ApusConfiguration
@_exported public import ApusHTTP
@_exported public import ApusRuntime
