// SPDX-License-Identifier: Apache-2.0

/// What a child's exit status tells the parent.
public enum ChildStatus {
    /// It could not get what it needs; to be started again, slowly.
    public static let sick: CInt = 7
    /// No child will ever work; the server ends.
    public static let fatal: CInt = 15
}
