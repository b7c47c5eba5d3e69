// SPDX-License-Identifier: Apache-2.0

/// What the server says to a reload: a line `ok`, `failed` or `partly` for each application, after
/// it what the application said, indented by a blank, and at last `end` with the exit status.
struct ReloadAnswer: Equatable {
    struct Set: Equatable {
        /// Such as `process-group=site application-group=`.
        var name: String
        var hasFailed: Bool
        /// Whether the new version serves, though some of it could not be loaded.
        var isPartly = false
        var text: [String] = []
    }

    var sets: [Set] = []
    var status: Int32 = 0

    /// - Returns: nil for an answer that is not whole.
    init?(_ text: String) {
        var isWhole = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(" ") {
                guard !sets.isEmpty else { return nil }
                sets[sets.count - 1].text.append(String(line.dropFirst()))
            } else if line.hasPrefix("ok ") {
                sets.append(Set(name: String(line.dropFirst(3)), hasFailed: false))
            } else if line.hasPrefix("failed ") {
                sets.append(Set(name: String(line.dropFirst(7)), hasFailed: true))
            } else if line.hasPrefix("partly ") {
                sets.append(
                    Set(name: String(line.dropFirst(7)), hasFailed: true, isPartly: true))
            } else if line.hasPrefix("end "), let number = Int32(line.dropFirst(4)) {
                status = number
                isWhole = true
            }
        }
        if !isWhole { return nil }
    }
}
