// SPDX-License-Identifier: Apache-2.0

// What the server and a Python worker say to each other, and the memory that they share. Both
// ends come from one build, so it may change freely; the version is checked all the same, for a
// worker of before a restart may outlive the server that started it.
//
//                parent (supervises)                      front children (serve clients)
//                 |  control, SEQPACKET                     |            |
//                 |  one per worker process                 | queue, SEQPACKET, one per generation:
//                 |                                         | the kernel hands each packet to one
//                 v                                         v free thread of one worker (WSGI)
//              worker process: main thread           worker thread = slot
//                                                           |
//                                        stream, one per slot and loop of a front child (WSGI),
//                                        or per process and loop (ASGI)
//
// A *set* of workers runs one application group of one process group. A *generation* is the
// workers of a set that were started together and have one queue and one scoreboard. A set has
// two generations at most: the one that serves and the one that starts or drains.
//
// Streams: a loop of a front child makes a socket pair and sends one end along with a packet, for
// as long as it knows fewer streams than there are slots. The worker thread that takes the packet
// keeps that end and greets on it with HELLO; if it has a stream to that loop already it greets for
// another thread of its process that has none, and leaves it to that one; if all have one it says
// SURPLUS on it and closes it. So no socket has a name, and it does not matter who has which
// rights or root directory. WSGI: one request at a time is on a stream, so the stream's own
// buffer is the back-pressure. ASGI: many requests share it, so there are credits.
//
// A worker that dies closes its streams. Its slot line in the scoreboard says which request it
// held; packets that nobody has taken stay in the queue for the others. A thread could die
// between taking a packet and writing its slot line: after the end of a stream a loop sends PING
// through the queue; once that is answered, a request of that loop sent before it that is in no
// slot line and has not been answered is lost, and its client gets 502.

#ifndef APUS_WORKER_PROTOCOL_H
#define APUS_WORKER_PROTOCOL_H

#include <signal.h>
#include <stdint.h>
#include <string.h>

#define APUS_PROTOCOL_VERSION 5

/// Descriptors of a worker beyond standard input, output and error.
enum {
    APUS_CONTROL_DESCRIPTOR = 3,
    /// The reading end of the generation's queue.
    APUS_QUEUE_DESCRIPTOR = 4,
    /// The reading end of this process's own queue: connections of ASGI, and requests for it.
    APUS_DOOR_DESCRIPTOR = 5,
    APUS_SCOREBOARD_DESCRIPTOR = 6,
    /// The extension's file.
    APUS_EXTENSION_DESCRIPTOR = 7,
};

/// Python source for `python -I -c`, which loads the extension and begins.
const char *_Nonnull apus_loader(void);

/// Interrupts a worker thread that waits for a packet.
#define APUS_WAKE_SIGNAL (SIGRTMAX - 1)
/// From the parent: every thread's stack goes to standard error, even if the interpreter is stuck.
#define APUS_DUMP_SIGNAL (SIGRTMAX - 2)

// MARK: Packets: front to worker, through a queue

enum {
    APUS_PACKET_REQUEST = 1,
    /// A question of mod_wsgi's access and authentication scripts: a function of the script
    /// (mod_wsgi.auth_function). Answered by DATA and END; the content is one of `allowed`,
    /// `denied`, `unknown`, followed by strings, each after a NUL: the user's name if
    /// check_password gave one, get_realm_hash's hash, the groups of groups_for_user.
    APUS_PACKET_AUTHORIZE = 2,
    /// Answered by PONG by whoever takes it.
    APUS_PACKET_PING = 3,
    /// ASGI: here is a stream (in SCM_RIGHTS); requests come on it.
    APUS_PACKET_CONNECT = 4,
};

enum {
    /// The whole content follows the variables; there is no more.
    APUS_PACKET_BODY_INLINE = 1,
    /// Content is to be asked for with WANT.
    APUS_PACKET_BODY_STREAM = 2,
    /// A stream is in the packet's SCM_RIGHTS; with VARIABLES_IN_FILE it is the first of two.
    APUS_PACKET_HAS_STREAM = 4,
    /// The variables are not in the packet but in a memfd of `variables_length` bytes in SCM_RIGHTS.
    APUS_PACKET_VARIABLES_IN_FILE = 8,
};

/// The longest packet, header included; longer variables go in a file.
#define APUS_PACKET_LIMIT 65536
/// The most content that goes inline.
#define APUS_INLINE_BODY_LIMIT 16384

/// The head of a packet; then `variable_count` variables, then the inline content.
///
/// A REQUEST frame of ASGI has this as the beginning of its payload too.
struct apus_packet {
    uint8_t version;
    uint8_t type;
    uint16_t flags;
    uint32_t variable_count;
    /// The front loop in the upper half, its count of requests in the lower; never 0.
    uint64_t request;
    /// Content's length, -1 when not known.
    int64_t content_length;
    /// When the client's request had been read, and when it was queued: microseconds since 1970.
    uint64_t received;
    uint64_t queued;
    /// When it is too late to begin: microseconds since 1970, 0 for never. Then END with EXPIRED.
    uint64_t expires;
    uint32_t variables_length;
    uint32_t inline_length;
};

/// A variable: `u8 key, u8 0, u16 length`, (length 0xFFFF: `u32 length`), and with key 0 `u16
/// name length, name` before the value. No alignment, little endian.
///
/// Key 0xFF: a field of the request as it came, for ASGI: as key 0, the name in lower case.
///
/// A request of ASGI has all its fields so, in their order, and of the other variables only
/// `asgi.type`, `asgi.raw_path`, `REQUEST_METHOD`, `SERVER_PROTOCOL`, `REQUEST_SCHEME` (or
/// `wsgi.url_scheme`, which has precedence), `SCRIPT_NAME` and `PATH_INFO` (decoded; together the
/// path), `QUERY_STRING`, `REMOTE_ADDR`, `REMOTE_PORT`, `SERVER_ADDR` (or `SERVER_NAME`),
/// `SERVER_PORT` and `mod_wsgi.request_id`, which is what logs call the request.
#define APUS_KEY_LITERAL 0
#define APUS_KEY_FIELD 255
/// The numbers of those that the server itself writes, and of what a worker looks for.
enum {
    APUS_KEY_REQUEST_METHOD = 1, APUS_KEY_SCRIPT_NAME, APUS_KEY_PATH_INFO, APUS_KEY_QUERY_STRING,
    APUS_KEY_SERVER_NAME, APUS_KEY_SERVER_PORT, APUS_KEY_SERVER_PROTOCOL, APUS_KEY_REQUEST_URI,
    APUS_KEY_REQUEST_SCHEME, APUS_KEY_REMOTE_ADDR, APUS_KEY_REMOTE_PORT, APUS_KEY_SERVER_ADDR,
    APUS_KEY_SERVER_SIGNATURE, APUS_KEY_CONTENT_TYPE, APUS_KEY_CONTENT_LENGTH, APUS_KEY_REMOTE_USER,
    APUS_KEY_AUTH_TYPE, APUS_KEY_HTTPS, APUS_KEY_URL_SCHEME, APUS_KEY_PLAIN_SCRIPT_NAME,
    APUS_KEY_PLAIN_PATH_INFO, APUS_KEY_REQUEST_ID, APUS_KEY_CONNECTION_ID, APUS_KEY_LISTENER_HOST,
    APUS_KEY_LISTENER_PORT, APUS_KEY_REQUEST_START, APUS_KEY_MOUNT_POINT, APUS_KEY_INPUT_CHUNKED,
    APUS_KEY_TYPE, APUS_KEY_RAW_PATH, APUS_KEY_HTTP_HOST, APUS_KEY_HTTP_COOKIE,
    APUS_KEY_HTTP_AUTHORIZATION, APUS_KEY_HTTP_X_FORWARDED_FOR, APUS_KEY_SCRIPT_FILENAME,
    APUS_KEY_HANDLER_SCRIPT, APUS_KEY_CALLABLE_OBJECT, APUS_KEY_NUMBERED_LIMIT,
};
#define APUS_LONG_VALUE 0xFFFF

// MARK: Frames: on a stream, both ways

enum {
    // Worker to front.

    /// The first on a new stream. Payload: `struct apus_hello`.
    APUS_FRAME_HELLO = 1,
    /// This stream is not needed; it is closed.
    APUS_FRAME_SURPLUS = 2,
    /// aux: status. Payload: `i64` length of the content, -1 when not known; the reason, CR LF; each
    /// field as `Name: value` CR LF, but not Content-Length.
    APUS_FRAME_HEAD = 3,
    APUS_FRAME_DATA = 4,
    /// Content from a file: payload `i64 offset, i64 count`; the descriptor in SCM_RIGHTS.
    APUS_FRAME_FILE = 5,
    /// aux: a status of 100 to 199. Payload: fields as in HEAD.
    APUS_FRAME_INFORM = 6,
    /// A line for the error log. aux: syslog level. Payload: text in UTF-8.
    APUS_FRAME_LOG = 7,
    /// The request has ended; the application may still tidy up. Payload: `struct apus_end`. Flags:
    /// APUS_END_... aux: with APUS_END_FAILED and APUS_END_NOT_LOADED a better status than 500, or 0.
    APUS_FRAME_END = 8,
    /// The answer to PING.
    APUS_FRAME_PONG = 9,
    /// Content of the request is wanted. Payload: `u32`, how many more bytes may be sent.
    APUS_FRAME_WANT = 10,
    /// Trailer fields, before END. Payload as the fields in HEAD.
    APUS_FRAME_TRAILERS = 11,

    // Front to worker.

    /// ASGI: a request begins. Payload: `struct apus_packet`, variables, inline content.
    APUS_FRAME_REQUEST = 32,
    /// Content of the request.
    APUS_FRAME_BODY = 33,
    /// It is complete.
    APUS_FRAME_BODY_END = 34,
    /// The client has gone, or the server is no longer interested.
    APUS_FRAME_ABORT = 35,
    /// ASGI: so many more bytes of content may be sent. Payload: `u32`.
    APUS_FRAME_CREDIT = 36,

    // WebSocket (ASGI), whole messages. From the front: OPEN has been a REQUEST with
    // `websocket` as its `asgi.type`; from the worker: ACCEPT before anything is sent. A refusal is
    // HEAD, DATA, END as for any request. A message may come in several frames of its kind; then
    // all but the last have the flag APUS_MESSAGE_CONTINUES. The bytes of messages use up WANT and
    // CREDIT as content does.

    /// Worker: payload as the fields in HEAD, `Sec-WebSocket-Protocol` among them if one was chosen.
    APUS_FRAME_WEBSOCKET_ACCEPT = 64,
    /// Both: a text message, UTF-8.
    APUS_FRAME_WEBSOCKET_TEXT = 65,
    APUS_FRAME_WEBSOCKET_BINARY = 66,
    /// Both: aux is the close code. Payload: the reason in UTF-8.
    APUS_FRAME_WEBSOCKET_CLOSE = 67,
};

/// A flag of a frame of a WebSocket message: more of the message follows.
#define APUS_MESSAGE_CONTINUES 1

enum {
    /// The content is not complete: the connection to the client must break off.
    APUS_END_ABORTED = 1,
    /// The packet had expired; the application was not asked.
    APUS_END_EXPIRED = 2,
    /// The application raised an exception before it gave a head: answer 500.
    APUS_END_FAILED = 4,
    /// The script is gone or could not be imported: answer 500 (the traceback has been logged).
    APUS_END_NOT_LOADED = 8,
};

struct apus_frame {
    uint8_t type;
    uint8_t flags;
    uint16_t aux;
    /// Of the payload.
    uint32_t length;
    uint64_t request;
};

/// The longest payload of one frame.
#define APUS_FRAME_LIMIT (1 << 20)
/// What each side may send at first, for a request of ASGI: content of the response; none of the
/// request before WANT.
#define APUS_INITIAL_CREDIT 65536

struct apus_hello {
    uint32_t version;
    uint32_t pid;
    uint32_t process;
    /// APUS_NO_SLOT for a stream of a whole process (ASGI).
    uint32_t slot;
};
#define APUS_NO_SLOT 0xFFFFFFFFu

struct apus_end {
    /// When the application was called: microseconds since 1970; 0 if it was not.
    uint64_t started;
    /// How long the application took, microseconds.
    uint64_t application_time;
};

// MARK: The scoreboard: shared memory of a generation

enum { APUS_INTERFACE_UNKNOWN = 0, APUS_INTERFACE_WSGI = 1, APUS_INTERFACE_ASGI = 2 };
enum {
    APUS_WORKER_VACANT = 0,
    APUS_WORKER_STARTING = 1,
    /// It takes requests.
    APUS_WORKER_READY = 2,
    /// It takes no new ones.
    APUS_WORKER_LEAVING = 3,
};

/// Where idle threads wait.
struct apus_bell {
    /// A futex: changes after packets have been put into the queue. Threads that found the queue
    /// empty wait for it and not for the queue, which would wake one of them with the first packet
    /// of a burst, and let it run before the others are there.
    uint32_t rung;
    /// How many wait for it, or were killed while they did.
    uint32_t waiting;
};

/// The first line.
struct apus_scoreboard {
    uint32_t version;
    uint32_t process_limit;
    /// Slots per process.
    uint32_t slot_limit;
    uint32_t interface;
    /// Packets sent and not yet taken.
    int32_t queued;
    /// Set by a front that saw a newer script than the one that runs: the parent reloads.
    uint32_t reload_wanted;
    /// Modification time of the newest script at the generation's start, microseconds since 1970.
    uint64_t script_time;
    struct apus_bell bell;
    uint64_t reserved[3];
};

struct apus_process_line {
    uint32_t state;
    uint32_t pid;
    /// Changes with each process in this place.
    uint32_t incarnation;
    /// ASGI: requests sent to it and not ended; counted by the fronts.
    int32_t outstanding;
    uint64_t requests;
    /// Microseconds since 1970 of start, and of the end of the latest request.
    uint64_t started;
    uint64_t last_active;
    /// Counts while the interpreter runs Python code now and then: stands still in a deadlock.
    uint64_t heartbeat;
    uint64_t reserved[2];
};

/// What logs call a request, with a NUL behind it, as words.
#define APUS_NAME_WORDS 8

struct apus_slot_line {
    /// The request in it, 0 when there is none.
    uint64_t request;
    /// When the application was called: microseconds since 1970.
    uint64_t started;
    /// The kernel's number of the thread.
    uint32_t thread;
    uint32_t reserved32;
    uint64_t requests;
    /// Microseconds in the application, all requests together.
    uint64_t busy;
    uint64_t reserved[3];
    uint64_t name[APUS_NAME_WORDS];
};

_Static_assert(sizeof(struct apus_packet) == 56, "a packet's head is 56 bytes");
_Static_assert(sizeof(struct apus_frame) == 16, "a frame's head is 16 bytes");
_Static_assert(sizeof(struct apus_scoreboard) == 64, "a line of the cache");
_Static_assert(sizeof(struct apus_process_line) == 64, "a line of the cache");
_Static_assert(sizeof(struct apus_slot_line) == 128, "two lines of the cache");

static inline uint64_t apus_scoreboard_size(uint32_t processes, uint32_t slots) {
    return sizeof(struct apus_scoreboard) + sizeof(struct apus_process_line) * (uint64_t)processes
        + sizeof(struct apus_slot_line) * (uint64_t)processes * slots;
}

static inline struct apus_process_line *_Nonnull apus_process(
    struct apus_scoreboard *_Nonnull board, uint32_t process) {
    return (struct apus_process_line *)(board + 1) + process;
}

static inline struct apus_slot_line *_Nonnull apus_slot(
    struct apus_scoreboard *_Nonnull board, uint32_t process, uint32_t slot) {
    return (struct apus_slot_line *)apus_process(board, board->process_limit)
        + process * board->slot_limit + slot;
}

static inline struct apus_bell *_Nonnull apus_bell(struct apus_scoreboard *_Nonnull board) {
    return &board->bell;
}

// What several processes write is read and written by these. (Swift would not see fields of C
// atomic types at all.)

static inline uint32_t apus_load32(const uint32_t *_Nonnull p) {
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
static inline void apus_store32(uint32_t *_Nonnull p, uint32_t value) {
    __atomic_store_n(p, value, __ATOMIC_RELEASE);
}
static inline uint32_t apus_exchange32(uint32_t *_Nonnull p, uint32_t value) {
    return __atomic_exchange_n(p, value, __ATOMIC_ACQ_REL);
}
static inline uint64_t apus_load64(const uint64_t *_Nonnull p) {
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
static inline void apus_store64(uint64_t *_Nonnull p, uint64_t value) {
    __atomic_store_n(p, value, __ATOMIC_RELEASE);
}
static inline uint64_t apus_add64(uint64_t *_Nonnull p, uint64_t value) {
    return __atomic_fetch_add(p, value, __ATOMIC_RELAXED);
}
static inline int32_t apus_load_count(const int32_t *_Nonnull p) {
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}
static inline void apus_store_count(int32_t *_Nonnull p, int32_t value) {
    __atomic_store_n(p, value, __ATOMIC_RELAXED);
}
static inline int32_t apus_add_count(int32_t *_Nonnull p, int32_t value) {
    return __atomic_fetch_add(p, value, __ATOMIC_RELAXED);
}

/// Puts a request into a slot, which has none.
static inline void apus_hold(
    struct apus_slot_line *_Nonnull line, uint64_t request, const void *_Nonnull name,
    uint64_t length) {
    uint64_t words[APUS_NAME_WORDS] = {0};
    memcpy(words, name, length < sizeof words ? length : sizeof words - 1);
    for (int i = 0; i < APUS_NAME_WORDS; i++) { apus_store64(line->name + i, words[i]); }
    apus_store64(&line->request, request);
}

/// - Returns: the request in a slot, and its name in `text`; 0 where there is none, or one went
///   and another came meanwhile.
static inline uint64_t apus_held(
    const struct apus_slot_line *_Nonnull line, char text[_Nonnull 8 * APUS_NAME_WORDS]) {
    uint64_t request = apus_load64(&line->request);
    uint64_t words[APUS_NAME_WORDS];
    for (int i = 0; i < APUS_NAME_WORDS; i++) { words[i] = apus_load64(line->name + i); }
    memcpy(text, words, sizeof words);
    text[sizeof words - 1] = 0;
    return request == apus_load64(&line->request) ? request : 0;
}

// MARK: Keys

/// The names of variables that have a number; the number is the place in the table, from 1.
///
/// - Returns: null beyond the end.
const char *_Nullable apus_key_name(uint8_t key);
/// - Returns: APUS_KEY_LITERAL for a name without a number.
uint8_t apus_key(const char *_Nonnull name, uint64_t length);

#endif
