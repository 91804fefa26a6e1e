// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/memory.h"

#include <malloc.h>

namespace userd {

void give_back_memory() {
    malloc_trim(0);
}

}  // namespace userd
