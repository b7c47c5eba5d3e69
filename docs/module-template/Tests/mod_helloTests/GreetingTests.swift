// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_hello

@Suite("A greeting")
struct GreetingTests {
    @Test(
        "names whom the query names, or the world",
        arguments: [(nil, "Hello, world!\n"), ("", "Hello, world!\n"), ("Ada", "Hello, Ada!\n")])
    func name(query: String?, text: String) {
        #expect(Greeting(word: "Hello", query: query).text == text)
    }

    @Test("begins with the word that is set, and with Hello where none is")
    func word() {
        var directory = HelloModule.DirectoryConfig()
        #expect(directory.greeting == "Hello")
        directory.greeting = "Good day"
        #expect(directory.$greeting.explicit == "Good day")
    }
}
