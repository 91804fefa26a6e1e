// SPDX-License-Identifier: LGPL-2.1-or-later
// libnss_floor: the floor as an NSS module, to be measured through glibc and in fresh processes.
#include <errno.h>
#include <nss.h>

#include "tests/bench/floor.h"

namespace {

userd::bench::Floor table;
bool is_open = false;

}  // namespace

extern "C" __attribute__((visibility("default"))) nss_status _nss_floor_getpwnam_r(const char* name,
                                                                                   passwd* out, char* buffer,
                                                                                   size_t size, int* error) {
    if (!is_open && !(is_open = table.open(FLOOR_FILE))) {
        *error = EIO;
        return NSS_STATUS_UNAVAIL;
    }
    if (table.find(name, out, buffer, size)) return NSS_STATUS_SUCCESS;
    *error = ENOENT;
    return NSS_STATUS_NOTFOUND;
}
