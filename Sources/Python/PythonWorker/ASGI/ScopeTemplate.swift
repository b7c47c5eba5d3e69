// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform

/// What all scopes of a kind begin with: the keys in a good order, what is always so, and what was
/// so in the latest one and most often is again.
@safe
struct ScopeTemplate {
    private let dictionary: Object
    private var method: TemplateText
    private var scheme: TemplateText
    private var version: TemplateText
    private var rootPath: TemplateText
    private let serverKey: Object
    private var server: Object?

    init?(_ names: Names, type: StaticString) {
        guard let scope = unsafe PyDict_New(),
            unsafe PyDict_SetItem(scope, names.type, intern(type)) == 0
        else { return nil }
        let keys = unsafe [
            names.asgi, names.httpVersion, names.server, names.client, names.scheme, names.rootPath,
            names.path, names.rawPath, names.queryString, names.headers, names.state,
            names.extensions,
        ]
        guard unsafe keys.allSatisfy({ unsafe PyDict_SetItem(scope, $0, apus_none()) == 0 }),
            unsafe PyDict_SetItem(scope, names.queryString, names.noBytes) == 0
        else { return nil }
        unsafe dictionary = scope
        unsafe method = TemplateText(key: names.method)
        unsafe scheme = TemplateText(key: names.scheme)
        unsafe version = TemplateText(key: names.httpVersion)
        unsafe rootPath = TemplateText(key: names.rootPath)
        unsafe serverKey = names.server
        unsafe server = nil
    }

    /// A new scope; what is each request's own is still to be set.
    ///
    /// - Parameters:
    ///   - scheme: "ws" for a WebSocket.
    ///   - server: a pair of host and port, or None.
    ///   - method: nil for a WebSocket.
    /// - Returns: nil with an exception.
    mutating func scope(
        _ parts: ScopeParts, scheme schemeText: Slice, server address: Object,
        method methodText: Slice?
    ) -> Object? {
        guard unsafe version.set(parts.version, in: dictionary),
            unsafe scheme.set(schemeText, in: dictionary),
            unsafe rootPath.set(parts.scriptName, in: dictionary),
            unsafe set(server: address)
        else { return nil }
        if let methodText, unsafe !method.set(methodText, in: dictionary) { return nil }
        return unsafe PyDict_Copy(dictionary)
    }

    private mutating func set(server address: Object) -> Bool {
        // The dictionary keeps it, so another one has another address.
        if unsafe address == server { return true }
        guard unsafe PyDict_SetItem(dictionary, serverKey, address) == 0 else { return false }
        unsafe server = address
        return true
    }
}

/// A text of a template, which is compared instead of made.
@safe
private struct TemplateText {
    private static let longest = 256

    private let key: Object
    /// Of the text that the template has; -1 if it has none that is known here.
    private var length = -1
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: longest, alignment: 1)

    init(key: Object) { unsafe self.key = key }

    /// - Returns: false with an exception.
    mutating func set(_ text: Slice, in template: Object) -> Bool {
        if length == text.count, unsafe memcmp(memory, text.start, length) == 0 { return true }
        length = -1
        guard let object = unsafe Reference(PythonWorker.text(utf8: text)),
            unsafe PyDict_SetItem(template, key, object.object) == 0
        else { return false }
        guard text.count <= Self.longest else { return true }
        unsafe memory.copyMemory(from: text.start, byteCount: text.count)
        length = text.count
        return true
    }
}
