// SPDX-License-Identifier: Apache-2.0
//
// What Swift sees of APR. No _GNU_SOURCE here: with it, CAPR and Glibc define fd_set differently,
// and a Swift target that imports both does not compile.
#pragma once
#include <apr-1.0/apr.h>
#include <apr-1.0/apr_dso.h>
#include <apr-1.0/apr_errno.h>
#include <apr-1.0/apr_file_io.h>
#include <apr-1.0/apr_general.h>
#include <apr-1.0/apr_md5.h>
#include <apr-1.0/apr_network_io.h>
#include <apr-1.0/apr_pools.h>
#include <apr-1.0/apr_proc_mutex.h>
#include <apr-1.0/apr_sha1.h>
#include <apr-1.0/apr_shm.h>
#include <apr-1.0/apr_strings.h>
#include <apr-1.0/apr_thread_proc.h>
#include <apr-1.0/apr_user.h>
#include <apr-1.0/apr_version.h>
#include <apr-1.0/apu_version.h>
#include <apr-1.0/apr_fnmatch.h>
#include <apr-1.0/apr_lib.h>
#include <crypt.h>

// Swift does not import macros that take arguments.
static inline int capr_status_is_busy(apr_status_t status) { return APR_STATUS_IS_EBUSY(status); }
