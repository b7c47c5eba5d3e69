// SPDX-License-Identifier: Apache-2.0

#include "worker_protocol.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char text[] = {
#embed "../Bootstrap/loader.py"
    , 0
};

const char *apus_loader(void) { return text; }
