// SPDX-License-Identifier: Apache-2.0

internal import Glibc

_ = signal(SIGINT) { _ in _exit(PasswordToolError.Status.interrupted.rawValue) }
exit(PasswordTool.main(Array(CommandLine.arguments.dropFirst())))
