// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/object_id.h"

#include <sodium.h>

namespace userd {

ObjectId new_object_id() {
    ObjectId id;
    while (!id) {
        randombytes_buf(&id.value, sizeof id.value);
        id.value &= INT64_MAX;
    }
    return id;
}

}  // namespace userd
