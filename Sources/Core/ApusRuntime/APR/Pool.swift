// SPDX-License-Identifier: Apache-2.0

internal import CAPR

/// A region of memory that APR objects live in.
///
/// Destroying the pool releases everything allocated from it, so a value that wraps
/// an APR object holds its pool, and nothing else frees the object. Pools have no parents
/// among each other: the owner of the value says when a pool ends, and a pool that ended
/// with its parent would end twice.
@safe public struct Pool: ~Copyable {
    let raw: OpaquePointer

    /// Creates an empty pool, starting APR if it was not yet.
    public init() throws(APRError) {
        APR.start()
        var created: OpaquePointer?
        try unsafe check(apr_pool_create_ex(&created, nil, nil, nil))
        unsafe raw = created!
    }

    deinit { unsafe apr_pool_destroy(raw) }
}

/// The library as a whole.
public enum APR {
    // A global is initialised once, by the first thread that comes; later calls only look.
    private static let isStarted: Bool = {
        apr_initialize() == APR_SUCCESS
    }()

    /// Initialises APR once per process.
    ///
    /// The corresponding C function is `apr_initialize`.
    public static func start() {
        precondition(isStarted, "apr_initialize failed")
    }

    /// The version loaded, such as `1.7.2`.
    public static var version: String { unsafe String(cString: apr_version_string()) }

    /// The version of APR-util loaded.
    public static var utilVersion: String { unsafe String(cString: apu_version_string()) }

    /// The versions compiled against, as `httpd -V` prints them.
    public static let compiledVersion =
        "\(APR_MAJOR_VERSION).\(APR_MINOR_VERSION).\(APR_PATCH_VERSION)"
    public static let compiledUtilVersion =
        "\(APU_MAJOR_VERSION).\(APU_MINOR_VERSION).\(APU_PATCH_VERSION)"
}
