// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

// A script runs beside its request: the request's content goes into one pipe, the response comes
// out of another, and the error log is filled from a third, each as far as there is room or
// something to read. Only the response holds the request up.

/// A script that runs, with the pipes to it.
///
/// Ends with the response, or when nobody wants it.
final class ScriptRun {
    private let script: Script
    private let program: RunningProgram
    private let output: Channel
    private let body: ScriptBody?
    private let readingMessage: String
    private var isOver = false

    private static let pieceSize = 16384
    /// A response up to this size that is complete at once is sent as one.
    private static let wholeResponse = 65536

    /// Starts the script.
    ///
    /// - Parameter readingMessage: the number of the message about a request that ends early.
    init(
        _ program: Program, _ script: Script, body content: RequestBody, loop: EventLoop,
        readingMessage: String
    ) throws(SystemError) {
        var input: Pipe? = content.isPresent ? try Pipe() : nil
        let output = try Pipe()
        let errors = try Pipe()
        let running = try program.start(
            input: input?.readEnd.rawValue ?? NullDevice.descriptor,
            output: output.writeEnd.rawValue, error: errors.writeEnd.rawValue, on: loop)
        do throws(SystemError) {
            let outputChannel = try Channel(reading: output.takeReadEnd(), loop)
            do throws(SystemError) {
                try ScriptErrors.follow(errors.takeReadEnd(), of: script, loop)
                if let input = input.take() {
                    body = ScriptBody(
                        content, try Channel(writing: input.takeWriteEnd(), loop), script)
                } else {
                    body = nil
                }
            } catch {
                outputChannel.close()
                throw error
            }
            self.output = outputChannel
        } catch {
            running.terminate()
            throw error
        }
        self.script = script
        self.program = running
        self.readingMessage = readingMessage
        body?.start(on: loop, whenFailed: running, waking: self.output)
    }

    deinit { abort() }

    // MARK: Ending

    /// All that was wanted has come.
    private func finish() {
        guard !isOver else { return }
        isOver = true
        close()
        program.expectEnd()
    }

    /// Nobody wants what is still to come.
    private func abort() {
        guard !isOver else { return }
        isOver = true
        close()
        program.terminate()
    }

    private func close() {
        output.close()
        body?.stop()
    }

    // MARK: Reading

    private enum Reading { case some, end, timedOut }

    /// Appends what comes next; waits for it.
    ///
    /// - Parameter isEnough: asked when the waiting is interrupted; ends it without anything read.
    private func read(
        into buffer: inout [UInt8], unless isEnough: () -> Bool = { false }
    ) async -> Reading {
        while true {
            do throws(SystemError) {
                if let count = try output.read(into: &buffer, limit: Self.pieceSize) {
                    return count > 0 ? .some : .end
                }
            } catch {
                return .end
            }
            if isEnough() { return .some }
            do throws(ChannelError) {
                try await output.waitToRead(script.patience)
            } catch {
                script.logger.log(
                    .error, "AH01220",
                    "Timeout waiting for output from CGI script \(script.filename)")
                return .timedOut
            }
        }
    }

    // MARK: The head

    /// Reads the head of the response, and what came with it of the content.
    func readHead() async throws(RequestError) -> (ScriptHead, beginning: [UInt8]) {
        var parser = ScriptHeadParser()
        var buffer: [UInt8] = []
        while true {
            buffer.removeAll(keepingCapacity: true)
            switch await read(into: &buffer) {
            case .some:
                let start: Int?
                do throws(ScriptHeadError) {
                    start = try parser.parse(buffer.span)
                } catch {
                    throw await refuse(error, parser.head, buffer)
                }
                guard let start else { continue }
                var beginning = Array(buffer[start...])
                try await awaitBody(&beginning)
                return (parser.head, beginning)
            case .end: throw refuseEnd(parser)
            case .timedOut:
                abort()
                let message = "Script timed out before returning headers: \(script.name)"
                script.logger.log(.error, "", message)
                throw RequestError(.gatewayTimeout)
            }
        }
    }

    /// Holds the response back while the request's content still comes, which may turn out to be
    /// malformed or too large: the status can say so as long as nothing has been sent.
    ///
    /// A response that grows large meanwhile is not held, or the two would wait for each other.
    private func awaitBody(_ beginning: inout [UInt8]) async throws(RequestError) {
        guard let body else { return }
        while !body.isOver, beginning.count < Self.wholeResponse {
            guard case .some = await read(into: &beginning, unless: { body.isOver }) else { break }
        }
        guard let failure = body.failure else { return }
        abort()
        script.logger.log(.error, readingMessage, "Error reading request entity data")
        throw failure
    }

    /// The script wrote something that is no head.
    private func refuse(
        _ error: ScriptHeadError, _ head: ScriptHead, _ buffer: [UInt8]
    ) async -> RequestError {
        guard case .malformed(let line) = error else { return RequestError(.internalServerError) }
        script.logger.log(
            .error, "",
            "malformed header from script '\(script.name)': Bad header: \(line.prefix(30))")
        var rest = bytes(after: line, in: buffer)
        await discardContent(into: &rest)
        script.log?.describe(
            ScriptLog.Failure(
                status: .internalServerError, line: line, fields: head.otherFields, output: rest))
        return RequestError(.internalServerError)
    }

    private func bytes(after line: String, in buffer: [UInt8]) -> [UInt8] {
        let line = line.bytes
        guard
            let start = buffer.indices.first(where: { buffer[$0...].starts(with: line) }),
            start + line.count < buffer.count
        else { return [] }
        return Array(buffer[(start + line.count)...].drop { $0 == 0x0D || $0 == 0x0A })
    }

    /// The script ended before its head did.
    private func refuseEnd(_ parser: ScriptHeadParser) -> RequestError {
        abort()
        if let failure = body?.failure {
            script.logger.log(
                .error, readingMessage, "Error reading request entity data")
            return failure
        }
        let problem =
            parser.hasBegun
            ? "Premature end of script headers" : "End of script output before headers"
        script.logger.log(.error, "", "\(problem): \(script.name)")
        script.log?.describe(
            ScriptLog.Failure(
                status: .internalServerError, line: "", fields: parser.head.otherFields))
        return RequestError(.internalServerError)
    }

    // MARK: The content

    /// The content of the response, of which `beginning` has been read.
    func content(beginning: [UInt8], count: Int64?) -> Content {
        var bytes = beginning
        // What there is counts for more than what the script said of it.
        if readToEnd(&bytes) {
            finish()
            return .bytes(bytes)
        }
        let beginning = bytes
        return .stream(count: count) { [self] stage throws(OutputError) in
            try await sendContent(to: stage, beginning: beginning, count: count)
        }
    }

    /// Reads what is there already.
    ///
    /// True: that was all.
    private func readToEnd(_ bytes: inout [UInt8]) -> Bool {
        while bytes.count < Self.wholeResponse {
            do throws(SystemError) {
                guard let count = try output.read(into: &bytes, limit: Self.pieceSize) else {
                    return false
                }
                if count == 0 { return true }
            } catch {
                return false
            }
        }
        return false
    }

    /// Hands the content on as it comes.
    ///
    /// - Parameter count: what the script said about its length; nothing beyond is sent.
    func sendContent(
        to stage: any OutputStage, beginning: [UInt8], count: Int64?
    ) async throws(OutputError) {
        do throws(OutputError) {
            var remaining = count ?? .max
            var piece = beginning
            repeat {
                if Int64(piece.count) > remaining {
                    piece.removeLast(piece.count - Int(remaining))
                }
                remaining -= Int64(piece.count)
                if !piece.isEmpty { try await stage.write(.bytes(piece)) }
                piece = []
            } while try await readPiece(&piece, stage) && remaining > 0
            guard count == nil || remaining == 0 else {
                throw .contentFailed("\(script.name) gave less than its Content-Length")
            }
            finish()
        } catch {
            abort()
            throw error
        }
    }

    /// Reads the next piece.
    ///
    /// What came before it must not wait for it.
    private func readPiece(
        _ piece: inout [UInt8], _ stage: any OutputStage
    ) async throws(OutputError) -> Bool {
        if !output.isReadable { try await stage.write(.flush) }
        switch await read(into: &piece) {
        case .some: return true
        case .end:
            if body?.failure != nil { throw .clientLeft }
            return false
        case .timedOut: throw .timedOut
        }
    }

    /// Lets the script write to its end, and forgets it.
    func discardContent() async {
        var ignored: [UInt8] = []
        await discardContent(into: &ignored)
    }

    /// As `discardContent`, but keeps the beginning where a log is there to describe it.
    private func discardContent(into kept: inout [UInt8]) async {
        var piece: [UInt8] = []
        while case .some = await read(into: &piece) {
            if script.log != nil, kept.count < Self.wholeResponse { kept += piece }
            piece.removeAll(keepingCapacity: true)
        }
        finish()
    }
}

/// What a script without input reads from.
///
/// One for the process.
enum NullDevice {
    static let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
}

extension Channel {
    /// The end of a pipe that is read.
    convenience init(
        reading end: consuming FileDescriptor, _ loop: EventLoop
    ) throws(SystemError) {
        try end.setNonBlocking(true)
        try self.init(end.release(), loop: loop)
    }

    /// The end of a pipe that is written to.
    convenience init(
        writing end: consuming FileDescriptor, _ loop: EventLoop
    ) throws(SystemError) {
        try end.setNonBlocking(true)
        try self.init(end.release(), loop: loop)
    }
}
