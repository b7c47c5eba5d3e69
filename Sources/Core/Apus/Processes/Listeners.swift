// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import CPlatform
internal import Glibc

/// All sockets the server listens on.
public final class Listeners: Sendable {
    public let all: [Listener]

    init(_ all: [Listener]) { self.all = all }

    /// Opens what the configuration names, keeping the sockets that are open already.
    ///
    /// - Parameters:
    ///   - inherited: the sockets of the image before a restart; those that are not wanted
    ///     any more are closed.
    ///   - log: told of each address that could not be had.
    /// - Throws: `ListenError` when one of the addresses cannot be listened on, or none is named.
    public static func open(
        _ specifications: [ListenSpecification], _ options: ListenOptions = ListenOptions(),
        inherited: [Listener] = [], log: ProcessLog
    ) throws(ListenError) -> Listeners {
        let opened = try openAll(specifications, options, inherited, log)
        for listener in inherited { listener.shutDown() }
        return Listeners(opened)
    }

    /// Tries whether a restart could open what the configuration names; the sockets that are
    /// open now stay as they are, and those opened for the trial are closed.
    ///
    /// - Throws: as `open`.
    public func check(
        _ specifications: [ListenSpecification], _ options: ListenOptions, log: ProcessLog
    ) throws(ListenError) {
        let kept = all.filter { $0.descriptor >= 0 }.map { listener in
            Listener(
                owning: dup(listener.descriptor), address: listener.address, port: listener.port,
                protocolName: listener.protocolName)
        }
        _ = try Self.openAll(specifications, options, kept, log)
    }

    private static func openAll(
        _ specifications: [ListenSpecification], _ options: ListenOptions,
        _ inherited: [Listener], _ log: ProcessLog
    ) throws(ListenError) -> [Listener] {
        var opened: [Listener] = []
        var taken: Set<String> = []
        for specification in specifications {
            for address in try resolve(specification, log) {
                guard taken.insert(address.description).inserted else {
                    throw ListenError("Cannot define multiple Listeners on the same IP:port")
                }
                // The IPv6 socket for every address takes the IPv4 connections as well.
                if address.isAnyIPv4, taken.contains("[::]:\(address.port)") { continue }
                if let kept = inherited.first(where: { $0.address == address.description }) {
                    opened.append(kept.with(protocolName: specification.protocolName))
                } else if let new = try attempt(address, specification, options, log) {
                    opened.append(new)
                } else {
                    taken.remove(address.description)
                }
            }
        }
        guard !opened.isEmpty else { throw .noListeners }
        return opened
    }

    private static func resolve(
        _ specification: ListenSpecification, _ log: ProcessLog
    ) throws(ListenError) -> [ListenAddress] {
        do throws(ListenError) {
            return try ListenAddress.resolve(specification)
        } catch {
            error.messages.forEach(log)
            throw error
        }
    }

    /// nil where there is no IPv6, and the IPv4 address that follows will do.
    private static func attempt(
        _ address: ListenAddress, _ specification: ListenSpecification, _ options: ListenOptions,
        _ log: ProcessLog
    ) throws(ListenError) -> Listener? {
        do throws(SystemError) {
            return try Listener.open(address, specification.protocolName, options) { message in
                let isMissing = message.error.map { hasNoIPv6($0, address) } ?? false
                if !isMissing { log(message) }
            }
        } catch {
            if hasNoIPv6(error, address), specification.host == nil { return nil }
            throw .noListeners
        }
    }

    private static func hasNoIPv6(_ error: SystemError, _ address: ListenAddress) -> Bool {
        address.isAnyIPv6 && (error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL)
    }

    /// Ends the sockets, for all processes.
    func shutDown() { all.forEach { $0.shutDown() } }

    /// Ends the sockets for all processes, without closing descriptors that other threads use.
    func end() { all.forEach { $0.end() } }

    /// Closes them all, in this process.
    public func close() { all.forEach { $0.close() } }
}

extension Listener {
    /// The same socket under another protocol; this value no longer has it.
    fileprivate func with(protocolName: String) -> Listener {
        Listener(
            owning: takeDescriptor(), address: address, port: port, protocolName: protocolName)
    }
}
