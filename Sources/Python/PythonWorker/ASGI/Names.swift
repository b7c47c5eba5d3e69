// SPDX-License-Identifier: Apache-2.0

import CPythonABI

typealias Object = OpaquePointer

/// The strings of scopes and messages, made once.
struct Names {
    let asgi = intern("asgi")
    let body = intern("body")
    let bytes = intern("bytes")
    let client = intern("client")
    let code = intern("code")
    let count = intern("count")
    let done = intern("done")
    let extensions = intern("extensions")
    let file = intern("file")
    let headers = intern("headers")
    let httpVersion = intern("http_version")
    let links = intern("links")
    let method = intern("method")
    let moreBody = intern("more_body")
    let moreTrailers = intern("more_trailers")
    let offset = intern("offset")
    let path = intern("path")
    let queryString = intern("query_string")
    let rawPath = intern("raw_path")
    let reason = intern("reason")
    let rootPath = intern("root_path")
    let scheme = intern("scheme")
    let send = intern("send")
    let server = intern("server")
    let setResult = intern("set_result")
    let state = intern("state")
    let status = intern("status")
    let subprotocol = intern("subprotocol")
    let subprotocols = intern("subprotocols")
    let text = intern("text")
    let `throw` = intern("throw")
    let close = intern("close")
    let trailers = intern("trailers")
    let type = intern("type")

    let httpRequest = intern("http.request")
    let httpDisconnect = intern("http.disconnect")
    let webSocketConnect = intern("websocket.connect")
    let webSocketReceive = intern("websocket.receive")
    let webSocketDisconnect = intern("websocket.disconnect")

    let noBytes = PyBytes_FromStringAndSize(nil, 0)!
    let noText = intern("")
}

/// A string that lives as long as the process.
func intern(_ text: StaticString) -> Object { interned(text)! }

/// - Returns: one more reference.
func retained(_ object: Object) -> Object {
    Py_IncRef(object)
    return object
}

/// Calls and forgets what it answers; an exception goes to `sys.unraisablehook`.
func discard(_ result: Object?, of callable: Object?) {
    if let result { Py_DecRef(result) } else { PyErr_WriteUnraisable(callable) }
}

/// Whether the object's type has one of the flags of `PyType_GetFlags`.
func hasFlag(_ object: Object, _ flag: Int) -> Bool {
    PyType_GetFlags(apus_type(object)) & UInt(flag) != 0
}

func isDictionary(_ object: Object) -> Bool { hasFlag(object, APUS_SUBCLASS_OF_DICT) }
func isNone(_ object: Object) -> Bool { object == apus_none() }

/// The bytes of a `bytes` object, which must live meanwhile.
func contents(_ object: Object) -> Slice {
    Slice(start: PyBytes_AsString(object)!, count: PyBytes_Size(object))
}

/// The UTF-8 of a `str`, which must live meanwhile.
///
/// - Returns: nil with an exception, for it may have surrogates.
func utf8(_ text: Object) -> Slice? {
    var length = 0
    guard let start = PyUnicode_AsUTF8AndSize(text, &length) else { return nil }
    return Slice(start: start, count: length)
}
