// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/bus/adopt.h"
#include "daemon/bus/errand_chain.h"

namespace userd::bus {

// What the four adoptions share: they go through names, and answer with a row for each.
class Adoption : public ErrandChain {
 public:
    Adoption(Core& core, const Call& call, std::vector<std::string> names, ChangeOptions options)
        : ErrandChain(core, call, User{}, options), names_(std::move(names)), is_all_(names_.empty()) {}

 protected:
    using Notes = std::vector<std::string>;
    // `deed`: adopted, given-back, unchanged, refused or failed.
    void tell_row(const std::string& name, std::uint32_t uid, std::string_view deed, const Notes& notes = {},
                  std::vector<std::string> local_groups = {});
    void refuse_row(const std::string& name, Error error);
    // Who was named; each who is not there is refused.
    std::vector<User> named_users();
    // Before anything is touched: who was named must not be among the refused.
    Result<void> check_refused() const;
    Result<void> answer();

    std::vector<std::string> names_;
    const bool is_all_;

 private:
    std::vector<Fields> rows_;
    std::optional<Error> first_refusal_;
    bool changed_ = false;
};

}  // namespace userd::bus
