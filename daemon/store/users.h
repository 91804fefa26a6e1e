// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;

// Which users a list shows: what is not set matches everybody.
struct UserFilter {
    std::optional<UserState> state;
    std::optional<bool> locked;    // by wrong tries, now
    std::optional<bool> enrolled;  // has a one-time code
    std::string group;             // name of a group, local ones too: primary or supplementary
    std::string role;              // name; "user": who has no other
    std::string tag, source, user_class, kind, set;
    std::string text;                          // substring, without case, in any of `in`
    bool in_name = true, in_full_name = true,  // in_full_name: with in_name, first and last name too
        in_mail = false, in_phone = false, in_tag = false, in_metadata = false;
    std::optional<Time> last_login_before;  // or never, and created before it
    bool never_logged_in = false;
    std::optional<Time> expires_before;
    std::string sort = "name";  // a word of `user_sort_words`
    bool descending = false;
    Time now;  // what "now" and the end of memberships are held against
};

// What users can be sorted by.
const std::vector<std::string_view>& user_sort_words();

struct UserPage {
    std::vector<User> users;
    std::uint64_t total = 0;  // of all that match
};

// `Users::list` on a connection of its own to the store at `path`: for a worker.
Result<UserPage> list_users(const std::string& path, const UserFilter& filter, std::uint64_t offset,
                            std::uint64_t limit);

// The table of users, with their tags. Texts are stored as they come: the directory has parsed them.
class Users {
 public:
    explicit Users(Database& database) : database_(database) {}

    Result<std::optional<User>> find(ObjectId id);
    Result<std::optional<User>> find_by_name(std::string_view name);
    Result<std::optional<User>> find_by_uid(std::uint32_t uid);
    Result<std::vector<User>> find_by_email(std::string_view folded);
    Result<UserPage> list(const UserFilter& filter, std::uint64_t offset, std::uint64_t limit);
    Result<std::vector<User>> colliding();
    Result<std::vector<User>> expired(Time after, Time until);  // whose end lies in (after, until]
    Result<std::vector<User>> suspended_until(Time now);        // whose suspension is over, at most 1000

    // Inside a Change. `gid` follows from `primary_group` and is not stored.
    Result<void> insert(const User& user, std::string_view email_folded);
    Result<void> update(const User& user, std::string_view email_folded);
    Result<void> remove(ObjectId id);  // credentials, memberships and tags go with it
    Result<void> touch(ObjectId id, std::uint64_t generation);
    Result<void> record_login(ObjectId id, Time now);  // no change of the directory

    Result<std::vector<std::string>> tags(ObjectId id);  // sorted
    Result<void> set_tags(ObjectId id, const std::vector<std::string>& tags);

    // What users and groups are managed by, sorted; "" when some belong to no set.
    Result<std::vector<std::string>> sets();

    Result<std::vector<std::string>> with_primary_group(ObjectId group, unsigned limit);  // names, sorted

 private:
    Database& database_;
};

}  // namespace userd::store
