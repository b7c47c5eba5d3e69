#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the worker's extension as ordinary Swift, into FOLDER/libPythonWorker.so.
#
# What is shipped is built in the Embedded mode, which is small and called experimental. As its
# sources also compile without, nothing depends on that.
set -eu
folder=${1:?usage: build_full.sh FOLDER}
sources=$(cd "$(dirname "$0")/../../Sources/Python" && pwd)
cd "$folder"

includes= maps=
for target in CWorkerProtocol CPythonABI CWorkerPlatform; do
    printf 'module %s { umbrella "%s" export * }\n' "$target" "$sources/$target/include" \
        > "$target.modulemap"
    includes="$includes -I$sources/$target/include"
    maps="$maps -Xcc -fmodule-map-file=$PWD/$target.modulemap"
done
for file in "$sources"/CWorkerProtocol/*.c "$sources"/CPythonABI/*.c "$sources"/CWorkerPlatform/*.c; do
    # shellcheck disable=SC2086
    clang -c -O1 -fPIC $includes "$file" -o "$(basename "$file").o"
done
# shellcheck disable=SC2046,SC2086
swiftc -swift-version 6 -strict-memory-safety -warnings-as-errors -wmo -parse-as-library \
    -module-cache-path "$PWD/modules" -module-name PythonWorker -emit-library \
    -o libPythonWorker.so $includes $maps $(find "$sources/PythonWorker" -name '*.swift') ./*.o
