// SPDX-License-Identifier: Apache-2.0

#include "worker_protocol.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
    NULL,
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT",
    "SERVER_PROTOCOL", "REQUEST_URI", "REQUEST_SCHEME", "REMOTE_ADDR", "REMOTE_PORT",
    "SERVER_ADDR", "SCRIPT_FILENAME", "PATH_TRANSLATED", "GATEWAY_INTERFACE", "SERVER_SOFTWARE",
    "SERVER_ADMIN", "SERVER_SIGNATURE", "DOCUMENT_ROOT", "CONTEXT_PREFIX",
    "CONTEXT_DOCUMENT_ROOT", "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_USER", "AUTH_TYPE",
    "HTTPS", "UNIQUE_ID", "wsgi.url_scheme",
    "mod_wsgi.process_group", "mod_wsgi.application_group", "mod_wsgi.callable_object",
    "mod_wsgi.request_handler", "mod_wsgi.handler_script", "mod_wsgi.script_name",
    "mod_wsgi.path_info", "mod_wsgi.script_reloading", "mod_wsgi.request_id",
    "mod_wsgi.connection_id", "mod_wsgi.listener_host", "mod_wsgi.listener_port",
    "mod_wsgi.enable_sendfile", "mod_wsgi.ignore_activity", "mod_wsgi.request_start",
    "mod_wsgi.queue_start", "mod_wsgi.mount_point", "mod_wsgi.input_chunked",
    // The rest of a question of an access or authentication script.
    "mod_wsgi.auth_function", "mod_wsgi.auth_user", "mod_wsgi.auth_password",
    "mod_wsgi.auth_realm",
    // ASGI: the path as it came, and whether it is `http` or `websocket`.
    "asgi.type", "asgi.raw_path",
    "HTTP_HOST", "HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_CHARSET", "HTTP_CONNECTION", "HTTP_COOKIE",
    "HTTP_REFERER", "HTTP_ORIGIN", "HTTP_CACHE_CONTROL", "HTTP_PRAGMA", "HTTP_DNT",
    "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_IF_RANGE", "HTTP_RANGE", "HTTP_AUTHORIZATION", "HTTP_UPGRADE",
    "HTTP_UPGRADE_INSECURE_REQUESTS", "HTTP_EXPECT", "HTTP_TE", "HTTP_TRANSFER_ENCODING",
    "HTTP_PRIORITY", "HTTP_SEC_FETCH_DEST", "HTTP_SEC_FETCH_MODE", "HTTP_SEC_FETCH_SITE",
    "HTTP_SEC_FETCH_USER", "HTTP_SEC_CH_UA", "HTTP_SEC_CH_UA_MOBILE", "HTTP_SEC_CH_UA_PLATFORM",
    "HTTP_SEC_GPC", "HTTP_X_REQUESTED_WITH", "HTTP_X_CSRFTOKEN", "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_SERVER", "HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID", "HTTP_X_SCHEME",
    "HTTP_FORWARDED", "HTTP_VIA", "HTTP_TRACEPARENT", "HTTP_TRACESTATE", "HTTP_KEEP_ALIVE",
    "HTTP_DATE", "HTTP_FROM", "HTTP_MAX_FORWARDS", "HTTP_SEC_WEBSOCKET_KEY",
    "HTTP_SEC_WEBSOCKET_VERSION", "HTTP_SEC_WEBSOCKET_PROTOCOL", "HTTP_SEC_WEBSOCKET_EXTENSIONS",
};

enum { count = sizeof names / sizeof names[0] };
_Static_assert(count <= APUS_KEY_FIELD, "a key is one byte");

const char *apus_key_name(uint8_t key) {
    return key < count ? names[key] : NULL;
}

uint8_t apus_key(const char *name, uint64_t length) {
    for (uint8_t key = 1; key < count; key++) {
        if (strlen(names[key]) == length && memcmp(names[key], name, length) == 0) return key;
    }
    return APUS_KEY_LITERAL;
}
