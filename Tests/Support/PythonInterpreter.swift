// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Testing

/// A Python that is installed on this machine.
public struct PythonInterpreter: Sendable, CustomTestStringConvertible {
    public let path: String
    public let version: String

    public var testDescription: String { "\(version) (\(path))" }

    /// Every one from 3.8 on, of those in the usual folders and those of pyenv.
    ///
    /// The environment variable `WORKER_PYTHONS` names others instead, with a colon between.
    public static let all: [PythonInterpreter] = {
        var seen: Set<String> = []
        return candidates.compactMap { path in
            guard let real = resolved(path), seen.insert(real).inserted else { return nil }
            return PythonInterpreter(path)
        }
    }()

    /// Those that every test runs in: the system's, the oldest and the newest, or all that are named.
    public static let thorough: [PythonInterpreter] = {
        if environmentVariable("WORKER_PYTHONS") != nil { return all }
        let byAge = all.sorted { $0.minor < $1.minor }
        let chosen = Set([all.first, byAge.first, byAge.last].compactMap { $0?.path })
        return all.filter { chosen.contains($0.path) }
    }()

    public static let others = all.filter { one in !thorough.contains { $0.path == one.path } }

    /// 11 for Python 3.11.
    public var minor: Int {
        version.split(separator: ".").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    private static var candidates: [String] {
        if let named = environmentVariable("WORKER_PYTHONS") {
            return named.split(separator: ":").map(String.init)
        }
        var paths: [String] = []
        for folder in ["/usr/bin", "/usr/local/bin"] {
            paths += ["\(folder)/python3"] + (8...20).map { "\(folder)/python3.\($0)" }
        }
        if let home = environmentVariable("HOME") {
            let versions = "\(home)/.pyenv/versions"
            paths += entries(versions).sorted().map { "\(versions)/\($0)/bin/python3" }
        }
        return paths
    }

    /// Nil if it does not run, or is too old.
    private init?(_ path: String) {
        let question = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
        guard let answer = try? run(path, ["-I", "-c", question], within: .seconds(60)),
            answer.status == 0
        else { return nil }
        let numbers = answer.output.split(separator: ".").compactMap { Int($0.filter(\.isNumber)) }
        guard numbers.count == 3, numbers[0] == 3, numbers[1] >= 8 else { return nil }
        self.path = path
        version = String(answer.output.filter { !$0.isWhitespace })
    }
}

private func environmentVariable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

private func resolved(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
}

extension PythonInterpreter {
    /// Puts a home of this interpreter into a folder, for `python-home=`.
    ///
    /// It is a virtual environment where the server's user may execute the interpreter. One below
    /// root's own folder is copied without its packages: CPython finds its library beside itself.
    public func makeHome(_ folder: String) throws {
        let made =
            isForEverybody
            ? try run(
                path, ["-m", "venv", "--without-pip", "--copies", folder], within: .seconds(120))
            : try run(path, ["-I", "-c", Self.copying, folder], within: .seconds(120))
        guard made.status == 0 else { throw SupportError("no copy of \(path): \(made.errors)") }
    }

    /// Whether another user than this one may get at the interpreter.
    private var isForEverybody: Bool {
        guard geteuid() == 0, let real = resolved(path) else { return true }
        var folder = ""
        for component in real.split(separator: "/") {
            folder += "/\(component)"
            var status = stat()
            guard unsafe stat(folder, &status) == 0, status.st_mode & S_IXOTH != 0 else {
                return false
            }
        }
        return true
    }

    /// Copies interpreter and library, but no packages.
    ///
    /// Where the library is shared, the program has its folder as an absolute path (RUNPATH), which
    /// is made one relative to the program.
    private static let copying = """
        import os, shutil, sys

        home, prefix = sys.argv[1], sys.base_prefix
        folder = os.path.join(prefix, "lib")
        with open(os.path.realpath(sys.executable), "rb") as file:
            program = file.read()
        old, new = folder.encode(), b"$ORIGIN/../lib"
        if len(new) <= len(old):
            program = program.replace(old + b"\\0", new.ljust(len(old), b"\\0") + b"\\0")
        os.makedirs(os.path.join(home, "bin"))
        target = os.path.join(home, "bin", "python3")
        with open(target, "wb") as file:
            file.write(program)
        os.chmod(target, 0o755)
        skipped = shutil.ignore_patterns("test", "site-packages", "__pycache__", "*.a")
        shutil.copytree(folder, os.path.join(home, "lib"), symlinks=True, ignore=skipped)
        """
}
