// SPDX-License-Identifier: Apache-2.0

/// What a loop remembers of the directories of one host.
struct DirectoryWalks {
    /// Directories are remembered up to this number, then forgotten all at once.
    private static let limit = 2048

    private var results: [String: DirectoryWalk.Result] = [:]

    func find(_ directory: String) -> DirectoryWalk.Result? { results[directory] }

    mutating func add(_ result: DirectoryWalk.Result) {
        if results.count >= Self.limit { results.removeAll() }
        results[result.directory] = result
    }
}
