// SPDX-License-Identifier: LGPL-2.1-or-later
// change COUNT: creates users in a directory of COUNT users, stored and published, one durable SQLite write
// beside each: what a creation costs without the bus.
#include <stdlib.h>

#include <filesystem>

#include "daemon/directory/directory.h"
#include "daemon/directory/source.h"
#include "daemon/publish/publisher.h"
#include "daemon/runtime/workers.h"
#include "daemon/store/users.h"
#include "tests/bench/durable_write.h"

namespace {

using namespace userd;
using namespace userd::bench;

constexpr std::uint32_t first_uid = 1'900'000'000;
constexpr int rounds = 500;

Result<void> fill(store::Store& store, std::uint32_t count) {
    auto change = TRY(store.begin());
    User user;
    user.shell = "/bin/bash";
    user.home = "/home/x";
    user.state = UserState::active;
    user.source = "local";
    user.created_by = "root";
    user.metadata = "{}";
    user.generation = TRY(store.raise_generation());
    for (std::uint32_t i = 0; i < count; ++i) {
        user.id = {std::int64_t{first_uid} + i};
        user.name = fmt::format("user{}", i);
        user.uid = user.gid = first_uid + i;
        TRY(store.users().insert(user, {}));
    }
    return change.commit();
}

Result<void> measure(const std::string& folder, std::uint32_t count) {
    auto loop = TRY(Loop::open());
    Workers workers(*loop, 1);
    auto store = TRY(store::Store::open(folder + "/userd.db"));
    TRY(fill(*store, count));
    StoreSource source(*store);
    Publisher publisher(folder + "/nss", source, workers);
    TRY(publisher.start());
    Config config;
    config.ids.ranges = {{first_uid, 2'147'000'000}};
    const SystemClock clock;
    Directory directory(
        *store, [&] { return publisher.publish(); }, config, clock, folder);
    DurableWrite write(folder);
    const Actor root{0, "root", "bench", {}};
    std::vector<double> writes, changes;
    for (int i = 0; i < rounds; ++i) {
        writes.push_back(time_of([&] { write(); }));
        Result<Outcome> made = fail(Errc::internal, "not made");
        changes.push_back(
            time_of([&] { made = directory.create_user(root, fmt::format("new{}", i), {}, {}); }));
        TRY(std::move(made));
        while (TRY(loop->run_once(Duration(0)))) {
        }
    }
    fmt::print(
        "  {:>9} users: write median {:.3f} ms, create median {:.3f} ms p99 {:.3f} ms, over {:+.3f} ms "
        "(target "
        "≤ +1)\n",
        count, median(writes), median(changes), percentile(changes, 0.99), median(changes) - median(writes));
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::string folder = (std::filesystem::temp_directory_path() / "userd-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return 1;
    const auto done = measure(folder, static_cast<std::uint32_t>(std::atoi(argv[1])));
    std::filesystem::remove_all(folder);
    if (!done) fmt::print(stderr, "change: {}\n", done.error().message);
    return done ? 0 : 1;
}
