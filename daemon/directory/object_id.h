// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/model/user.h"

namespace userd {

// A fresh random id. 63 bits: two alike are not to be expected, and the store would refuse the second.
ObjectId new_object_id();

}  // namespace userd
