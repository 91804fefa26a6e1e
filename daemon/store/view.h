// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "common/base/result.h"

namespace userd::store {

class Database;
class Store;

// The store as it stands, for many reads in one turn of the loop: else each statement asks anew where the
// journal ends. No change may begin while it lives. Main thread only.
class View {
 public:
    static Result<View> open(Store& store);
    View(View&& other) noexcept;
    View& operator=(View&&) = delete;
    ~View();

 private:
    explicit View(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace userd::store
