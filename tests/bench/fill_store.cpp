// SPDX-License-Identifier: LGPL-2.1-or-later
// fill_store PATH COUNT: makes a store with COUNT users from uid 1900000000 up and one group for every ten,
// each user in eight. What bulk import would leave behind, without its cost.
#include <fmt/core.h>

#include <chrono>
#include <cstdlib>

#include "daemon/store/groups.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"

namespace {

using namespace userd;

constexpr std::uint32_t first_uid = 1'900'000'000, first_gid = 2'000'000'000;

// Users of long ago would be findings of `check`.
Time today() {
    static const auto now = std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now());
    return now;
}

Result<void> add_group(store::Store& store, std::uint32_t number) {
    Group group;
    group.id = {static_cast<std::int64_t>(first_gid) + number};
    group.name = fmt::format("group{}", number);
    group.gid = first_gid + number;
    group.source = "local";
    group.created_at = group.updated_at = today();
    group.generation = 1;
    return store.groups().insert(group);
}

Result<void> add_user(store::Store& store, std::uint32_t number, std::uint32_t groups) {
    User user;
    user.id = {static_cast<std::int64_t>(first_uid) + number};
    user.name = fmt::format("user{}", number);
    user.uid = user.gid = first_uid + number;
    user.display_name = fmt::format("User Number {}", number);
    user.shell = "/bin/bash";
    user.home = "/home/" + user.name;
    user.state = UserState::active;
    user.source = "local";
    user.notify = "all";
    user.created_by = "root";
    user.metadata = "{}";
    user.created_at = user.updated_at = today();
    user.generation = 1;
    TRY(store.users().insert(user, {}));
    for (std::uint32_t i = 0; i < 8 && i < groups; ++i) {
        const std::int64_t group = first_gid + (number / 10 + i * 997) % groups;
        TRY(store.groups().add({group}, user.id, std::nullopt, 1));
    }
    return {};
}

Result<void> fill(const char* path, std::uint32_t count) {
    auto store = TRY(store::Store::open(path));
    auto change = TRY(store->begin());
    TRY(store->raise_generation());
    const std::uint32_t groups = count / 10 + 1;
    for (std::uint32_t i = 0; i < groups; ++i) TRY(add_group(*store, i));
    for (std::uint32_t i = 0; i < count; ++i) TRY(add_user(*store, i, groups));
    return change.commit();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto done = fill(argv[1], static_cast<std::uint32_t>(std::atoi(argv[2])));
    if (!done) fmt::print(stderr, "fill_store: {}\n", done.error().message);
    return done ? 0 : 1;
}
