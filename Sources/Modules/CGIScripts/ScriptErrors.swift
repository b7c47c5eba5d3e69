// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Writes what a script says on its standard error to the error log, line by line.
///
/// Lives until the script, and whatever it left running, has closed it.
final class ScriptErrors: ChannelOwner {
    private let channel: Channel
    private let script: Script
    private var line: [UInt8] = []

    /// httpd's HUGE_STRING_LEN.
    private static let longestLine = 8192

    private init(_ channel: Channel, _ script: Script) {
        self.channel = channel
        self.script = script
    }

    static func follow(
        _ end: consuming FileDescriptor, of script: Script, _ loop: EventLoop
    ) throws(SystemError) {
        let channel = try Channel(reading: end, loop)
        channel.owner = ScriptErrors(channel, script)
    }

    func channelTimedOut() {}

    func channelBecameReady() {
        var piece: [UInt8] = []
        do throws(SystemError) {
            while let count = try channel.read(into: &piece, limit: 4096) {
                if count == 0 { return end() }
                take(piece)
                piece.removeAll(keepingCapacity: true)
            }
        } catch {
            end()
        }
    }

    private func take(_ piece: [UInt8]) {
        for byte in piece {
            if byte != 0x0A { line.append(byte) }
            if byte == 0x0A || line.count == Self.longestLine { report() }
        }
    }

    private func report() {
        if line.last == 0x0D { line.removeLast() }
        script.reportError(String(bytes: line.span))
        line.removeAll(keepingCapacity: true)
    }

    private func end() {
        if !line.isEmpty { report() }
        channel.close()
    }
}
