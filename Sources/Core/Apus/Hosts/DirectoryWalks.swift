// SPDX-License-Identifier: Apache-2.0

/// What a loop remembers of the directories of one host.
struct DirectoryWalks {
    /// Directories are remembered up to this number, then forgotten all at once.
    private static let limit = 2048

    private var results: [String: DirectoryWalk.Result] = [:]
    /// The one that was asked for last, which most often is the next one too.
    private(set) var last: DirectoryWalk.Result?

    mutating func find(_ directory: String) -> DirectoryWalk.Result? {
        guard let known = results[directory] else { return nil }
        last = known
        return known
    }

    mutating func add(_ result: DirectoryWalk.Result) {
        if results.count >= Self.limit { results.removeAll() }
        results[result.directory] = result
        last = result
    }
}
