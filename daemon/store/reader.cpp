// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/reader.h"

#include <optional>

#include "daemon/store/adoptions.h"
#include "daemon/store/credentials.h"
#include "daemon/store/database.h"
#include "daemon/store/faults.h"
#include "daemon/store/groups.h"
#include "daemon/store/roles.h"
#include "daemon/store/store.h"
#include "daemon/store/user_row.h"
#include "daemon/store/users.h"

namespace userd::store {

struct Reader::Impl {
    explicit Impl(std::unique_ptr<Database> opened)
        : database(std::move(opened)),
          users(*database),
          groups(*database),
          roles(*database),
          credentials(*database),
          faults(*database),
          adoptions(*database) {}

    std::unique_ptr<Database> database;
    Users users;
    Groups groups;
    Roles roles;
    Credentials credentials;
    Faults faults;
    Adoptions adoptions;
    std::uint64_t generation = 0;
    std::optional<Query> all_users, all_groups;  // before the database they would outlive
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;

Result<std::unique_ptr<Reader>> Reader::open(const std::string& path) {
    auto impl = std::make_unique<Impl>(TRY(open_reader(path)));
    TRY(impl->database->execute("BEGIN"));
    {
        auto query = TRY(impl->database->query("SELECT value FROM meta WHERE key = 'generation'"));
        if (!TRY(query.step())) return fail(Errc::io, "read the store {}: its generation is missing", path);
        impl->generation = static_cast<std::uint64_t>(query.integer(0));
    }
    return std::unique_ptr<Reader>(new Reader(std::move(impl)));
}

std::uint64_t Reader::generation() const {
    return impl_->generation;
}
Roles& Reader::roles() {
    return impl_->roles;
}
Users& Reader::users() {
    return impl_->users;
}
Groups& Reader::groups() {
    return impl_->groups;
}
Credentials& Reader::credentials() {
    return impl_->credentials;
}
Adoptions& Reader::adoptions() {
    return impl_->adoptions;
}
Faults& Reader::faults() {
    return impl_->faults;
}

Result<bool> Reader::next_user(User& user) {
    auto& cursor = impl_->all_users;
    if (!cursor)
        cursor.emplace(
            TRY(impl_->database->query("SELECT " USERD_USER_COLUMNS USERD_USER_TABLES "ORDER BY u.name")));
    if (!TRY(cursor->step())) return false;
    user = read_user(*cursor);
    return true;
}

Result<bool> Reader::next_group(Group& group) {
    auto& cursor = impl_->all_groups;
    if (!cursor) cursor.emplace(TRY(impl_->database->query("SELECT id FROM groups ORDER BY name")));
    if (!TRY(cursor->step())) return false;
    auto found = TRY(impl_->groups.find(ObjectId{cursor->integer(0)}));
    if (!found) return fail(Errc::io, "read the store: a group is gone in mid-reading");
    group = *std::move(found);
    return true;
}

}  // namespace userd::store
