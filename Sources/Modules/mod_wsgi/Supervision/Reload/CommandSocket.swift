// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// The socket that `a2reload` talks to the parent on.
///
/// Its file can be opened by its owner alone, and who connects is asked of the kernel too. A
/// server that cannot make it says so and serves all the same.
final class CommandSocket {
    private let path: String
    private let parent: ParentContext
    private let perform: (ReloadCommand, @escaping (ReloadAnswer) -> Void) -> Void
    private var listener: CInt = -1
    private var clients: [CInt: [UInt8]] = [:]
    /// Which file it was when it was made: another server may have put its own there since.
    private var file: FileStatus?

    private static let clientLimit = 16

    init(
        _ path: String, _ parent: ParentContext, _ server: Server,
        _ perform: @escaping (ReloadCommand, @escaping (ReloadAnswer) -> Void) -> Void
    ) {
        self.path = path
        self.parent = parent
        self.perform = perform
        do throws(SystemError) {
            listener = try Self.listen(path)
            file = FileStatus(of: path)
        } catch {
            server.main.log(
                .warning, in: WSGIModule.self, "",
                "mod_wsgi: a2reload cannot be answered at \(path).", error: error)
            return
        }
        parent.watch(listener, for: .readable) { [unowned self] _ in accept() }
    }

    private static func listen(_ path: String) throws(SystemError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = path.bytes
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError(code: ENAMETOOLONG, call: "bind")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let type =
            CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .last("socket") }
        // One that a server before has left.
        _ = unsafe unlink(path)
        let mask = umask(0o177)
        defer { _ = umask(mask) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, size)
            }
        }
        if result != 0 || Glibc.listen(descriptor, 8) != 0 {
            let error = SystemError.last(result != 0 ? "bind" : "listen")
            _ = Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        guard clients.count < Self.clientLimit, Self.mayCommand(client) else {
            _ = Glibc.close(client)
            return
        }
        clients[client] = []
        parent.watch(client, for: .readable) { [unowned self] _ in read(client) }
    }

    /// Root may, and whom the server runs as.
    private static func mayCommand(_ client: CInt) -> Bool {
        let user = apus_peer_user(client)
        return user == 0 || user == Int64(geteuid())
    }

    private func read(_ client: CInt) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(client, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0, var line = clients[client], line.count < ReloadCommand.lineLimit else {
            return drop(client)
        }
        line += buffer[..<count]
        clients[client] = line
        guard let end = line.firstIndex(of: UInt8(ascii: "\n")) else { return }
        // It is answered once, and is not listened to any more.
        parent.unwatch(client)
        guard let command = ReloadCommand(line: String(bytes: Array(line[..<end]).span)) else {
            return drop(client)
        }
        perform(command) { [weak self] answer in self?.answer(client, answer) }
    }

    private func answer(_ client: CInt, _ answer: ReloadAnswer) {
        guard clients[client] != nil else { return }
        var rest = answer.text.bytes[...]
        // A client that does not read gets what fits into its socket.
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe send(
                    client, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        drop(client)
    }

    private func drop(_ client: CInt) {
        guard clients.removeValue(forKey: client) != nil else { return }
        parent.unwatch(client)
        _ = Glibc.close(client)
    }

    func closeInChild() {
        if listener >= 0 { _ = Glibc.close(listener) }
        for client in clients.keys { _ = Glibc.close(client) }
    }

    /// Stops listening, and takes the file away unless it is another server's by now.
    func close() {
        guard listener >= 0 else { return }
        parent.unwatch(listener)
        _ = Glibc.close(listener)
        listener = -1
        for client in Array(clients.keys) { drop(client) }
        let present = FileStatus(of: path)
        if let present, let file, present.inode == file.inode, present.device == file.device {
            _ = unsafe unlink(path)
        }
    }
}
