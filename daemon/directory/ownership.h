// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/directory/fields.h"

namespace userd {
namespace store {
class Store;
}

// What belongs to the directory server that an object is a mirror of is changed there and nowhere else. The
// tables of fields.h say which fields those are; its name, its life and a group's members are the server's
// too. All else is the host's: suspension, codes, roles, tags, local groups …

// The refusal (read_only_source). `deed`: "delete alice", "change the shell of alice".
Failure owned_by_server(const Config& config, std::string_view source, std::string_view deed,
                        std::string_view field = {});

// What to do about it, on the server: "`deed` on ldaps://…; userctl ldap sync corp brings it here at once".
std::string advice_on_server(const Config& config, std::string_view source, std::string_view deed);

// `asked`, read into `after`, leaves the server's fields as they are: what is said again is no change.
Result<void> check_owner(const User& before, const UserDraft& after, const Fields& asked,
                         const Config& config);
Result<void> check_owner(const Group& before, const GroupDraft& after, const Config& config);
// Who is in the group is for this host to say.
Result<void> check_members_owner(const Group& group, const Config& config);

// Why the server keeps the account out, in the words of `state_reason`; empty: it does not. Whatever else has
// suspended it besides, nobody here lets it in before the server does.
Result<std::string> kept_out(store::Store& store, const User& user);

// userd.yaml has the server still. A mirror of none is nobody's any more, and may be deleted.
bool is_served(const Config& config, std::string_view source);

}  // namespace userd
