// SPDX-License-Identifier: Apache-2.0

#include "worker_protocol.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
    // Those that the server writes, or a worker looks for, by number.
    [APUS_KEY_REQUEST_METHOD] = "REQUEST_METHOD",
    [APUS_KEY_SCRIPT_NAME] = "SCRIPT_NAME",
    [APUS_KEY_PATH_INFO] = "PATH_INFO",
    [APUS_KEY_QUERY_STRING] = "QUERY_STRING",
    [APUS_KEY_SERVER_NAME] = "SERVER_NAME",
    [APUS_KEY_SERVER_PORT] = "SERVER_PORT",
    [APUS_KEY_SERVER_PROTOCOL] = "SERVER_PROTOCOL",
    [APUS_KEY_REQUEST_URI] = "REQUEST_URI",
    [APUS_KEY_REQUEST_SCHEME] = "REQUEST_SCHEME",
    [APUS_KEY_REMOTE_ADDR] = "REMOTE_ADDR",
    [APUS_KEY_REMOTE_PORT] = "REMOTE_PORT",
    [APUS_KEY_SERVER_ADDR] = "SERVER_ADDR",
    [APUS_KEY_SERVER_SIGNATURE] = "SERVER_SIGNATURE",
    [APUS_KEY_CONTENT_TYPE] = "CONTENT_TYPE",
    [APUS_KEY_CONTENT_LENGTH] = "CONTENT_LENGTH",
    [APUS_KEY_REMOTE_USER] = "REMOTE_USER",
    [APUS_KEY_AUTH_TYPE] = "AUTH_TYPE",
    [APUS_KEY_HTTPS] = "HTTPS",
    [APUS_KEY_URL_SCHEME] = "wsgi.url_scheme",
    [APUS_KEY_PLAIN_SCRIPT_NAME] = "mod_wsgi.script_name",
    [APUS_KEY_PLAIN_PATH_INFO] = "mod_wsgi.path_info",
    [APUS_KEY_REQUEST_ID] = "mod_wsgi.request_id",
    [APUS_KEY_CONNECTION_ID] = "mod_wsgi.connection_id",
    [APUS_KEY_LISTENER_HOST] = "mod_wsgi.listener_host",
    [APUS_KEY_LISTENER_PORT] = "mod_wsgi.listener_port",
    [APUS_KEY_REQUEST_START] = "mod_wsgi.request_start",
    [APUS_KEY_MOUNT_POINT] = "mod_wsgi.mount_point",
    [APUS_KEY_INPUT_CHUNKED] = "mod_wsgi.input_chunked",
    [APUS_KEY_TYPE] = "asgi.type",
    [APUS_KEY_RAW_PATH] = "asgi.raw_path",
    [APUS_KEY_HTTP_HOST] = "HTTP_HOST",
    [APUS_KEY_HTTP_COOKIE] = "HTTP_COOKIE",
    [APUS_KEY_HTTP_AUTHORIZATION] = "HTTP_AUTHORIZATION",
    [APUS_KEY_HTTP_X_FORWARDED_FOR] = "HTTP_X_FORWARDED_FOR",
    [APUS_KEY_SCRIPT_FILENAME] = "SCRIPT_FILENAME",
    [APUS_KEY_HANDLER_SCRIPT] = "mod_wsgi.handler_script",
    [APUS_KEY_CALLABLE_OBJECT] = "mod_wsgi.callable_object",
    // The others follow.
    "PATH_TRANSLATED", "GATEWAY_INTERFACE", "SERVER_SOFTWARE", "SERVER_ADMIN",
    "DOCUMENT_ROOT", "CONTEXT_PREFIX", "CONTEXT_DOCUMENT_ROOT", "UNIQUE_ID",
    "mod_wsgi.process_group", "mod_wsgi.application_group", "mod_wsgi.request_handler",
    "mod_wsgi.script_reloading",
    "mod_wsgi.enable_sendfile", "mod_wsgi.ignore_activity", "mod_wsgi.queue_start",
    // The rest of a question of an access or authentication script.
    "mod_wsgi.auth_function", "mod_wsgi.auth_user", "mod_wsgi.auth_password", "mod_wsgi.auth_realm",
    "HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_CHARSET", "HTTP_CONNECTION", "HTTP_REFERER", "HTTP_ORIGIN", "HTTP_CACHE_CONTROL",
    "HTTP_PRAGMA", "HTTP_DNT", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE", "HTTP_RANGE", "HTTP_UPGRADE",
    "HTTP_UPGRADE_INSECURE_REQUESTS", "HTTP_EXPECT", "HTTP_TE", "HTTP_TRANSFER_ENCODING",
    "HTTP_PRIORITY", "HTTP_SEC_FETCH_DEST", "HTTP_SEC_FETCH_MODE", "HTTP_SEC_FETCH_SITE",
    "HTTP_SEC_FETCH_USER", "HTTP_SEC_CH_UA", "HTTP_SEC_CH_UA_MOBILE", "HTTP_SEC_CH_UA_PLATFORM",
    "HTTP_SEC_GPC", "HTTP_X_REQUESTED_WITH", "HTTP_X_CSRFTOKEN", "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_SERVER", "HTTP_X_REAL_IP",
    "HTTP_X_REQUEST_ID", "HTTP_X_SCHEME", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_TRACEPARENT",
    "HTTP_TRACESTATE", "HTTP_KEEP_ALIVE", "HTTP_DATE", "HTTP_FROM", "HTTP_MAX_FORWARDS",
    "HTTP_SEC_WEBSOCKET_KEY", "HTTP_SEC_WEBSOCKET_VERSION", "HTTP_SEC_WEBSOCKET_PROTOCOL",
    "HTTP_SEC_WEBSOCKET_EXTENSIONS",
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
