// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The processors this process may run on.
public enum Processors {
    public static var count: Int { max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))) }
}
