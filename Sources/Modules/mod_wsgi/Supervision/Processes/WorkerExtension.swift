// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// The extension that an interpreter loads to be a worker: a file beside this module.
enum WorkerExtension {
    /// As it is called where it is installed, and where it was built.
    private static let names = ["apus_worker.so", "libPythonWorker.so"]

    /// Opens it for reading, close-on-exec.
    static func open() throws(WorkplaceError) -> CInt {
        let folder = folder
        for name in names {
            let descriptor = unsafe "\(folder)/\(name)".withFileSystemPath {
                unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC)
            }
            if descriptor >= 0 { return descriptor }
        }
        throw WorkplaceError(
            text: "the worker's extension, \(names[0]), is not in \(folder)", error: .last("open"))
    }

    /// Where this module was loaded from.
    private static var folder: String {
        guard let name = unsafe apus_object_path(#dsohandle) else { return "." }
        let path = unsafe String(cString: name)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
