// SPDX-License-Identifier: Apache-2.0

extension ArgumentError {
    /// An expression in a place where this release cannot evaluate one yet.
    ///
    /// Refused rather than passed over: an access rule that is ignored would let everybody in.
    ///
    /// - Parameter place: what holds the expression, such as `Require expr`.
    public static func expression(in place: String) -> ArgumentError {
        ArgumentError(
            "\(place): expressions come with a later release",
            remedy: "SetEnvIf, together with env= or Require env, does without one")
    }
}
