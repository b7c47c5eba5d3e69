// SPDX-License-Identifier: Apache-2.0

// What the parent asks the system and Swift cannot say: GNU's additions.

#ifndef APUS_PARENT_PLATFORM_H
#define APUS_PARENT_PLATFORM_H

#include <stdint.h>

/// The file that a loaded object with this address came from; null when it is none.
const char *_Nullable apus_object_path(const void *_Nonnull address);

/// The user whose process is at the other end of a socket; -1 when it is not known.
int64_t apus_peer_user(int socket);

#endif
