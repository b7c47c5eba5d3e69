// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration

/// mod_so: loads modules and other libraries while the configuration is read.
public struct SoModule: Module {
    public static let name = "so_module"

    public static let serverDirectives: [Directive<NoConfig>] = [
        .readTime(
            "LoadModule", in: [.servers, .sections], "module filename", arity: .two,
            "a module name and the name of a shared object file to load it from"
        ) { words, context throws(ArgumentError) in
            try context.reader.delegate.loadModule(words[0], file: words[1], context: context)
        },
        .readTime(
            "LoadFile", in: .server, "filename", arity: .iterate,
            "shared object file or library to load into the server at runtime"
        ) { words, context throws(ArgumentError) in
            for word in words {
                try context.reader.delegate.loadFile(
                    context.reader.resolve(word), context: context)
            }
        },
    ]
}
