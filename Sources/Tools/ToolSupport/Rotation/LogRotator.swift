// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Writes lines to the current log file, and goes on to the next one when it is due.
///
/// A line is never torn: rotation waits for its end. No line is dropped because a file cannot be
/// opened, for the old one stays in use; nor because the disk is full, as far as memory allows.
struct LogRotator: ~Copyable {
    enum Reason: String {
        case first = "Open a new file"
        case time = "Time interval expired"
        case size = "Maximum size reached"
    }

    private let options: RotationOptions
    private let clock: RotationClock
    private let environment: Environment
    private let console: Console

    private var names: LogFileName
    private var file: LogFile?
    private var backlog = LogBacklog()
    /// When the current interval ends, by the clock.
    private var end = 0
    private var size = 0
    private var isWithinLine = false
    /// Until then a file that could not be opened is not tried again.
    private var retry = Int.min
    private var echoes: Bool

    init(
        _ options: RotationOptions, clock: RotationClock, environment: Environment,
        _ console: Console
    ) {
        self.options = options
        self.clock = clock
        self.environment = environment
        self.console = console
        names = LogFileName(options)
        echoes = options.echoes
    }

    /// Seconds until a new file is due though nothing is logged; nil when there is no such time.
    var secondsUntilDue: Int? {
        guard options.createsEmpty, options.interval != nil else { return nil }
        return max(0, max(end, retry) - clock.now)
    }

    /// Takes bytes as they come; they need not be whole lines.
    ///
    /// - Throws: `ToolFailure` when there is no file to write to.
    mutating func take(_ bytes: Span<UInt8>) throws(ToolFailure) {
        echo(bytes)
        if options.maximumSize != nil { size = file?.size ?? 0 }
        var offset = 0
        while offset < bytes.count {
            let rest = bytes.extracting(offset...)
            let count: Int
            if isWithinLine {
                count = Self.length(of: rest, reaching: 1)
            } else {
                try rotateIfDue()
                // The file opened just now may be full from an earlier run.
                if isFull { try rotateIfDue() }
                count = lengthThatFits(of: rest)
            }
            append(rest.extracting(..<count))
            offset += count
            isWithinLine = bytes[offset - 1] != UInt8(ascii: "\n")
        }
    }

    private var isFull: Bool { options.maximumSize.map { size > $0 } ?? false }

    /// How much goes into this file before its size makes another one due.
    private func lengthThatFits(of text: Span<UInt8>) -> Int {
        guard let maximum = options.maximumSize, !isFull else { return text.count }
        return Self.length(of: text, reaching: maximum + 1 - size)
    }

    /// How much of the text are the lines that reach a number of bytes; all of it if none do.
    private static func length(of text: Span<UInt8>, reaching minimum: Int) -> Int {
        var index = max(0, minimum - 1)
        while index < text.count {
            if text[index] == UInt8(ascii: "\n") { return index + 1 }
            index += 1
        }
        return text.count
    }

    /// Goes on to another file if there is none yet, or if the time or size of this one is over.
    ///
    /// - Throws: `ToolFailure` with status 2 when not even a first file can be opened.
    mutating func rotateIfDue() throws(ToolFailure) {
        let now = clock.now
        guard let reason = reason(at: now) else { return }
        var names = names
        let name = names.next(start: start(at: now), clock)
        let truncates = truncates
        if reason == .size, name == file?.name, !truncates {
            // Its name goes by the day, say, and the day is not over: it grows on, as documented.
            self.names = names
            return
        }
        let isForced = file == nil && options.opensImmediately
        if options.isVerbose, !isForced {
            console.complain("File rotation needed, reason: \(reason.rawValue)\n")
        }
        do {
            try open(name, truncating: truncates)
            self.names = names
            retry = .min
            if let interval = options.interval { end = (now / interval + 1) * interval }
        } catch {
            let message = "Could not open log file '\(name)' (\(error))"
            if file == nil { throw ToolFailure(message, 2) }
            console.complain("\(message)\n")
            retry = now + 10
        }
    }

    private func reason(at now: Int) -> Reason? {
        if file == nil { return .first }
        if now < retry { return nil }
        if options.interval != nil, now >= end { return .time }
        return isFull ? .size : nil
    }

    /// The time in the next file's name: the beginning of the interval, unless a file has that
    /// already.
    private func start(at now: Int) -> Int {
        guard let interval = options.interval else { return now }
        let start = now / interval * interval
        return start < end ? now : start
    }

    private var truncates: Bool {
        options.truncates
            || file != nil && (options.truncatesLater || options.fileCount != nil)
    }

    private mutating func open(_ name: String, truncating: Bool) throws(SystemError) {
        if options.makesFolders { try Files.makeDirectories(directoryPart(name)) }
        let next = try LogFile(name, truncating: truncating)
        if options.isVerbose { console.complain("Opening file \(name)\n") }
        let oldName = file?.name
        if let oldName, options.isVerbose { console.complain("Closing file \(oldName)\n") }
        size = next.size
        file = consume next
        link(to: name)
        runProgram(name, oldName)
    }

    private func link(to name: String) {
        guard let linkName = options.linkName else { return }
        if options.isVerbose { console.complain("Linking \(name) to \(linkName)\n") }
        _ = unsafe unlink(linkName)
        if unsafe Glibc.link(name, linkName) != 0 {
            console.complain("Error linking file \(name) to \(linkName) (\(SystemError()))\n")
        }
    }

    private func runProgram(_ name: String, _ oldName: String?) {
        guard let program = options.program else { return }
        if options.isVerbose { console.complain("Calling post-rotate program: \(program)\n") }
        let arguments = [program, name] + (oldName.map { [$0] } ?? [])
        do {
            _ = try Subprocess(arguments, environment: environment).start()
        } catch {
            console.complain("Could not spawn post-rotate process '\(program)': \(error)\n")
        }
    }

    private mutating func append(_ bytes: Span<UInt8>) {
        if !backlog.isEmpty, backlog.write(to: file!) != nil {
            return backlog.add(bytes)
        }
        let result = file!.append(bytes)
        size += result.count
        guard let fault = result.fault else { return }
        console.complain(
            "Error writing to log file '\(file?.name ?? options.logFile)' (\(fault))\n")
        backlog.add(bytes.extracting(result.count...))
    }

    private mutating func echo(_ bytes: Span<UInt8>) {
        guard echoes else { return }
        do {
            try writeAll(bytes, to: STDOUT_FILENO)
        } catch {
            console.complain("Standard output is no longer written to: \(error)\n")
            echoes = false
        }
    }

    /// Writes what still waits.
    ///
    /// - Returns: whether every line is in a log.
    consuming func finish() -> Bool {
        guard !backlog.isEmpty else { return true }
        guard let fault = backlog.write(to: file!) else { return true }
        console.complain("Lines at the end of the log are lost: \(fault)\n")
        return false
    }
}
