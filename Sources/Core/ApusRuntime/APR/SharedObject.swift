// SPDX-License-Identifier: Apache-2.0

internal import CAPR

/// A shared object, loaded for as long as the process lives.
///
/// Swift images register types and conformances with the runtime and cannot be unloaded, so
/// there is no way to close one: a restart replaces the whole process image.
@safe public struct SharedObject {
    private let handle: OpaquePointer

    /// Loads the file.
    ///
    /// The corresponding C function is `apr_dso_load`.
    ///
    /// - Throws: `APRError` whose `detail` is the dynamic linker's explanation.
    public init(path: String) throws(APRError) {
        let pool = try Pool()
        var loaded: OpaquePointer?
        let status = unsafe apr_dso_load(&loaded, path, pool.raw)
        guard status == APR_SUCCESS, let loaded = unsafe loaded else {
            throw unsafe APRError(
                status: status, operation: "apr_dso_load", detail: Self.explanation(loaded))
        }
        unsafe handle = loaded
        pool.keepForever()
    }

    /// The address of a symbol that the object exports.
    ///
    /// - Throws: `APRError` when there is none of that name.
    public func symbol(_ name: String) throws(APRError) -> UnsafeMutableRawPointer {
        var address: apr_dso_handle_sym_t?
        let status = unsafe apr_dso_sym(&address, handle, name)
        guard status == APR_SUCCESS, let address = unsafe address else {
            throw unsafe APRError(
                status: status, operation: "apr_dso_sym", detail: Self.explanation(handle))
        }
        return unsafe address
    }

    private static func explanation(_ handle: OpaquePointer?) -> String? {
        guard let handle = unsafe handle else { return nil }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
            unsafe apr_dso_error(handle, buffer.baseAddress, buffer.count).map {
                unsafe String(cString: $0)
            }
        }
    }
}

extension Pool {
    /// Gives the pool to the process: what was allocated from it is never released.
    consuming func keepForever() { discard self }
}
