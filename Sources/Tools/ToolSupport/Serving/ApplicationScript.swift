// SPDX-License-Identifier: Apache-2.0

/// The Python that finds the application: what the server loads, and what is tried before that.
struct ApplicationScript {
    let name: ApplicationName
    /// Folders that come before those of Python's own.
    let path: [String]
    let environment: Environment

    /// Sets `application`, or raises `LookupError` with words for whoever typed the name.
    private var finding: String {
        let find: String
        switch name.source {
        case .module(let module):
            find = """
                def _find():
                    import sys
                    wanted = \(Self.literal(module))
                    try:
                        __import__(wanted)
                        return sys.modules[wanted]
                    except ModuleNotFoundError as error:
                        if error.name and (wanted + ".").startswith(error.name + "."):
                            raise LookupError(
                                "there is no module '%s' in %s" % (error.name, _places())
                            ) from None
                        raise

                """
        case .file(let file):
            find = """
                def _find():
                    import importlib.machinery, importlib.util, os, sys
                    file = \(Self.literal(absolute(file)))
                    if not os.path.exists(file):
                        raise LookupError("there is no file %s" % file)
                    name = os.path.splitext(os.path.basename(file))[0]
                    loader = importlib.machinery.SourceFileLoader(name, file)
                    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
                    module = importlib.util.module_from_spec(spec)
                    sys.modules[name] = module
                    spec.loader.exec_module(module)
                    return module

                """
        }
        let callable = name.callable.map(Self.literal) ?? "None"
        return find + """
            def _places():
                return \(path.isEmpty ? "''" : Self.literal(path.joined(separator: ", ")))

            def _choose(module):
                wanted = \(callable)
                if wanted is None:
                    for wanted in ("application", "app"):
                        if hasattr(module, wanted):
                            break
                    else:
                        raise LookupError(
                            "%s has neither 'application' nor 'app'; name it: %s:NAME"
                            % (module.__name__, \(Self.literal(name.text))))
                found = module
                for part in wanted.split("."):
                    if not hasattr(found, part):
                        raise LookupError(
                            "there is no '%s' in %s" % (wanted, module.__name__))
                    found = getattr(found, part)
                if not callable(found):
                    raise LookupError(
                        "'%s' in %s is not callable" % (wanted, module.__name__))
                return \(name.isFactory ? "found()" : "found")

            application = _choose(_find())

            """
    }

    /// What the server loads.
    var served: String {
        var text = "# Written by apus-serve for \(name.text.filter { $0 >= " " })\nimport os\n"
        for entry in environment.entries {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")), equals > 0 else { continue }
            let (key, value) = (entry[..<equals], entry[(equals + 1)...])
            text += "os.environb[b\"\(Self.escaped(key))\"] = b\"\(Self.escaped(value))\"\n"
        }
        return text + finding
    }

    /// What tries whether the application can be imported: a program for `python -c`, with the file
    /// for its findings as the argument.
    ///
    /// It tells of the interpreter, of folders that a shell's Python looks in and a server's does
    /// not, and of the folders that the application's own modules are in.
    var trial: String {
        let places = path.map(Self.literal).joined(separator: ", ")
        return """
            import site, sys, traceback
            findings = sys.argv[1]
            sys.argv = sys.argv[:1]
            sys.path[:0] = [\(places)]
            extra = []
            if sys.prefix == sys.base_prefix:
                import os
                user = site.getusersitepackages()
                if os.path.isdir(user):
                    site.addsitedir(user)
                    extra.append(user)
            known = set(sys.modules)
            source = compile(\(Self.literal(finding)), "apus-serve", "exec")
            try:
                exec(source, {"__name__": "apus_serve"})
            except LookupError as error:
                own = error.__traceback__
                while own.tb_next:
                    own = own.tb_next
                if own.tb_frame.f_code.co_filename == "apus-serve":
                    print("apus-serve: %s" % error, file=sys.stderr)
                    sys.exit(1)
                traceback.print_exc()
                sys.exit(1)
            except BaseException as error:
                below = error.__traceback__
                while below and below.tb_frame.f_code.co_filename in ("<string>", "apus-serve"):
                    below = below.tb_next
                traceback.print_exception(type(error), error, below)
                print("apus-serve: cannot import the application", file=sys.stderr)
                sys.exit(1)
            with open(findings, "w", errors="surrogateescape") as file:
                print("python", sys.executable, file=file, sep="\\t")
                print("version", "%d.%d.%d" % sys.version_info[:3], file=file, sep="\\t")
                for folder in extra:
                    print("path", folder, file=file, sep="\\t")
                for name in sorted(set(sys.modules) - known):
                    place = getattr(sys.modules[name], "__file__", None)
                    if place and not place.startswith((sys.prefix + "/", sys.base_prefix + "/")):
                        print("source", place, file=file, sep="\\t")
            sys.stdout.flush()
            import os
            os._exit(0)
            """
    }

    /// A literal of Python.
    static func literal(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\x" + Self.hexadecimal(UInt8(scalar.value))
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func escaped(_ bytes: ArraySlice<UInt8>) -> String {
        var result = ""
        for byte in bytes {
            let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
            result += isPlain ? String(UnicodeScalar(byte)) : "\\x" + hexadecimal(byte)
        }
        return result
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}
