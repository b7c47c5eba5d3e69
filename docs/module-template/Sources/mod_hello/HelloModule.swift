// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_hello: answers with a greeting.
public struct HelloModule: Module {
    public static let name = "hello_module"

    public struct DirectoryConfig: ModuleConfig {
        @Setting var greeting = "Hello"
        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "HelloGreeting", in: .anywhere, sets: \.$greeting, .string,
            "The word that the hello handler greets with.", default: "Hello")
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.handler.add(Self.self) { request in
            guard request.handlerName == "hello" else { return .declined }
            let greeting = Greeting(
                word: request.config(of: Self.self).greeting, query: request.query)
            request.response.contentType = "text/plain"
            request.response.content = .bytes(Array(greeting.text.utf8))
            return .done
        }
    }
}

@c(hello_module)
public func helloModule() -> UnsafeRawPointer { ModuleEntry(HelloModule.self).retained }
