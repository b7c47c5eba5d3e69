// SPDX-License-Identifier: Apache-2.0

public enum RotationTool: Tool { public static func run(_ i: Invocation) -> Int32 { 0 } }
