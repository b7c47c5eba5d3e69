// SPDX-License-Identifier: Apache-2.0
//
// PCRE2 with 8-bit code units. Its functions are macros that append the width, which Swift does
// not import; the names with the suffix are what Swift calls.
#pragma once
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
