// SPDX-License-Identifier: Apache-2.0

public import Apus
internal import ApusRuntime

/// A module for tests alone: its handler suspends a request as often as the query says, each time
/// for a few milliseconds, and answers it in the way that the query names.
///
/// `2,done`: it is suspended twice. `now` in place of a number: it is resumed before its handler
/// has returned.
public struct SuspensionModule: Module {
    public static let name = "test_suspension_module"

    public static func register(in hooks: inout Hooks) {
        hooks.handler.add(Self.self) { request in
            guard request.handlerName == "suspend" else { return .declined }
            return SuspendedAnswer(request).begin(&request)
        }
    }
}

private final class SuspendedAnswer: SuspendedHandler {
    private let loop: EventLoop
    private let isImmediate: Bool
    private var left: Int
    private let end: Substring
    private var count = 0

    init(_ request: borrowing Request) {
        loop = request.connection.loop
        let words = (request.query ?? "").split(separator: ",")
        isImmediate = words.first == "now"
        left = words.first.flatMap { Int($0) } ?? 1
        end = words.last ?? ""
    }

    func begin(_ request: inout Request) -> Outcome {
        guard suspend(&request) else {
            respond(&request)
            return .done
        }
        return .suspended
    }

    private func suspend(_ request: inout Request) -> Bool {
        guard let owner = request.suspend(self) else { return false }
        count += 1
        left -= 1
        if isImmediate {
            owner.resume()
        } else {
            let owner = LoopConfined(owner)
            loop.schedule(after: .milliseconds(20)) { owner.value.resume() }
        }
        return true
    }

    func goOn(_ request: inout Request) throws(RequestError) -> Outcome {
        if left > 0 { return suspend(&request) ? .suspended : .done }
        switch end {
        case "refuse": throw RequestError(.forbidden)
        case "read", "refuse-late": return .declined
        default:
            respond(&request)
            return .done
        }
    }

    func finish(_ request: inout Request) async throws(RequestError) {
        await loop.sleep(for: .milliseconds(20))
        if end == "refuse-late" { throw RequestError(.conflict) }
        let content = try await request.body.readAll(limit: 1000)
        respond(&request, content)
    }

    private func respond(_ request: inout Request, _ content: [UInt8] = []) {
        request.response.contentType = "text/plain"
        request.response.content = .bytes(Array("suspended \(count)".utf8) + content)
    }
}

@c(test_suspension_module)
public func suspensionModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(SuspensionModule.self).retained
}
