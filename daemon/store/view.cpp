// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/view.h"

#include <utility>

#include "daemon/store/database.h"
#include "daemon/store/store.h"

namespace userd::store {

Result<View> View::open(Store& store) {
    auto begin = TRY(store.database().query("BEGIN"));
    TRY(begin.run());
    return View(store.database());
}

View::View(View&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

View::~View() {
    if (database_ == nullptr || !database_->in_transaction()) return;
    if (auto end = database_->query("ROLLBACK")) (void)end->run();
}

}  // namespace userd::store
