// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/bus/call.h"

namespace userd::bus {

// Adopt of org.userd1.Manager: what the host has already becomes ours, or the host's again.
class AdoptObject {
 public:
    explicit AdoptObject(Core& core) : core_(core) {}
    static Result<AdoptObject> find(Core& core, const Call&) { return AdoptObject(core); }
    static Result<AdoptObject> at(Core& core, std::string_view) { return AdoptObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> adopt(Call& call);

 private:
    Core& core_;
};

// Each of these from its arguments to its answer; `names` empty: all that there are. Whoever is named and
// cannot be adopted keeps all from being touched, unless only what would happen is asked. One after another,
// each in steps that can be made again: what a crash leaves half done is finished by the same call.
void adopt_accounts(Core& core, const Call& call, std::vector<std::string> names, ChangeOptions options);
void give_accounts_back(Core& core, const Call& call, std::vector<std::string> names, ChangeOptions options);
void adopt_authenticators(Core& core, const Call& call, std::vector<std::string> names,
                          ChangeOptions options);
void give_authenticators_back(Core& core, const Call& call, std::vector<std::string> names,
                              ChangeOptions options);

}  // namespace userd::bus
