// SPDX-License-Identifier: Apache-2.0

internal import CAPR

extension [String] {
    /// Splits a command line into words, minding quotes and backslashes but nothing else of a shell.
    ///
    /// The corresponding C function is `apr_tokenize_to_argv`.
    public init(commandLine: String) throws(APRError) {
        let pool = try Pool()
        var words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        try unsafe check(apr_tokenize_to_argv(commandLine, &words, pool.raw))
        self = []
        guard var next = unsafe words else { return }
        while let word = unsafe next.pointee {
            unsafe append(String(cString: word))
            unsafe next += 1
        }
    }
}
