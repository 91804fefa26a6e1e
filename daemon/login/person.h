// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/login/rules.h"
#include "daemon/store/store.h"

namespace userd {

// What the rules look at, from the store: groups that hold now, roles, policies, enrolment.
Result<Person> load_person(store::Store& store, const User& user, Time now);

}  // namespace userd
