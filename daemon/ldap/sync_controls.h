// SPDX-License-Identifier: LGPL-2.1-or-later
// The values of RFC 4533's controls and messages. What is read are views into the bytes that were given.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace userd::ldap {

// Whether a cookie can mean anything to the server that gave it. OpenLDAP ("rid=…,csn=…") takes one without a
// change number for none: it sends everything, as if that were what changed, and names nothing as gone.
bool is_usable_cookie(std::string_view cookie);
// Whether one server may have made both. What is not of its own making is no cookie to OpenLDAP either.
bool are_of_one_making(std::string_view cookie, std::string_view other);

// The change numbers in a cookie of OpenLDAP's, of each server that writes its newest one, and which server
// that is. Greater ones of a server are later. None: the cookie is not well formed, or of another making.
std::vector<std::string_view> change_numbers(std::string_view cookie);
std::string_view writer_of(std::string_view change_number);

// 2.2: refreshAndPersist. Empty cookie: none.
Result<std::string> write_sync_request(std::string_view cookie);

// 2.3: of an entry.
struct SyncState {
    enum class Kind { present, add, modify, gone };
    Kind kind = Kind::present;
    std::string_view uuid;  // 16 bytes
    std::optional<std::string_view> cookie;
};
std::optional<SyncState> parse_sync_state(std::string_view value);

// 2.5: what comes between entries.
struct SyncInfo {
    enum class Kind { new_cookie, refresh_delete, refresh_present, id_set };
    Kind kind = Kind::new_cookie;
    std::optional<std::string_view> cookie;
    bool is_refresh_done = true;          // of the two refresh kinds
    bool are_deleted = false;             // of an id set: else they are present
    std::vector<std::string_view> uuids;  // of an id set
};
std::optional<SyncInfo> parse_sync_info(std::string_view value);

}  // namespace userd::ldap
