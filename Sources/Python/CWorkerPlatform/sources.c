// SPDX-License-Identifier: Apache-2.0

// The Python part of the worker, so that a worker is one file.

#include "worker_platform.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char asgi[] = {
#embed "../Bootstrap/asgi.py"
};
static const char authorization[] = {
#embed "../Bootstrap/authorization.py"
};
static const char control[] = {
#embed "../Bootstrap/control.py"
};
static const char ending[] = {
#embed "../Bootstrap/ending.py"
};
static const char interfaces[] = {
#embed "../Bootstrap/interfaces.py"
};
static const char lifespan[] = {
#embed "../Bootstrap/lifespan.py"
};
static const char logs[] = {
#embed "../Bootstrap/logs.py"
};
static const char restrictions[] = {
#embed "../Bootstrap/restrictions.py"
};
static const char scripts[] = {
#embed "../Bootstrap/scripts.py"
};
static const char template[] = {
#embed "../Bootstrap/template.py"
};
static const char worker[] = {
#embed "../Bootstrap/worker.py"
};
static const char wsgi[] = {
#embed "../Bootstrap/wsgi.py"
};

#define SOURCE(name) { #name, name, sizeof name }

static const struct {
    const char *name;
    const char *text;
    uint64_t length;
} sources[] = {
    SOURCE(asgi), SOURCE(authorization), SOURCE(control), SOURCE(ending), SOURCE(interfaces),
    SOURCE(lifespan), SOURCE(logs), SOURCE(restrictions), SOURCE(scripts), SOURCE(template),
    SOURCE(worker), SOURCE(wsgi),
};

const char *apus_source(const char *name, uint64_t *length) {
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (strcmp(sources[i].name, name) != 0) continue;
        *length = sources[i].length;
        return sources[i].text;
    }
    return NULL;
}
