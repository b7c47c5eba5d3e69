// SPDX-License-Identifier: Apache-2.0

// Python's names are the interpreter's; there is nothing to define here.
#include "python_abi.h"

_Static_assert(sizeof(PyModuleDef) == 13 * sizeof(void *), "as CPython lays it out");
_Static_assert(sizeof(PyType_Spec) == 32, "as CPython lays it out");
