// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/login/hash_queue.h"
#include "daemon/state/apply.h"
#include "daemon/state/fleet_key.h"
#include "daemon/store/credentials.h"
#include "daemon/store/groups.h"
#include "tests/unit/directory/support.h"

namespace userd::test {

// A directory with credentials, and state streams that are applied to it.
struct StateFixture : DirectoryFixture {
    explicit StateFixture(std::string_view store_file = {}) : DirectoryFixture(store_file) {
        must(store->credentials().use_key(
            must(store::SealingKey::from_bytes(Secret(std::string(store::SealingKey::size, 'k'))))));
        hashes.cost = {64 * 1024, 1};
    }

    // The plan of the objects under a head of set "s", whose further keys are `head`.
    state::Plan apply(std::string_view objects, const state::ApplyOptions& options = {},
                      std::string_view head = "") {
        const auto stream = fmt::format("{{\"version\":1,\"set\":\"s\"{}}}\n{}", head, objects);
        std::optional<Result<state::Applied>> done;
        applier.apply([this] { return actor; },
                      must(state::parse_wanted(stream, fleet_key ? &*fleet_key : nullptr)), options,
                      [&](Result<state::Applied> applied) { done = std::move(applied); }, settle);
        for (int i = 0; i < 1000 && !done; ++i) must(loop->run_once(std::chrono::milliseconds(20)));
        BOOST_REQUIRE(done.has_value());
        auto applied = must(*std::move(done));
        passwords = std::move(applied.passwords);
        return std::move(applied.plan);
    }
    // What stays to be done, a line each: "+ alice", "~ bob shell groups", "! carol why".
    static std::string text_of(const state::Plan& plan) {
        std::string text;
        for (const auto& object : plan.objects) {
            const char marks[] = " +~!-";
            text += fmt::format("{} {}{}", marks[static_cast<int>(object.deed)],
                                object.is_group ? "group:" : "", object.name);
            if (object.deed == state::Deed::change)
                for (const auto& change : object.changes) text += " " + change.field;
            if (object.needs_prune) text += " (--prune)";
            text += "\n";
        }
        for (const auto& problem : plan.problems)
            text += fmt::format("✗ {} {}: {}\n", problem.name, problem.error.field, problem.error.message);
        return text;
    }
    std::string diff(std::string_view objects, state::ApplyOptions options = {}, std::string_view head = "") {
        options.dry_run = true;
        return text_of(apply(objects, options, head));
    }
    Fields record(std::string_view name) {
        return must(directory.user_record(must(directory.get_user(name)), true));
    }
    bool exists(std::string_view name) { return directory.get_user(name).has_value(); }

    std::unique_ptr<Loop> loop = must(Loop::open());
    HashQueue hashes{*loop, 1};
    Credentials credentials{*store, hashes, config, clock};
    state::Applier applier{{*store, directory, credentials, clock}, config};
    std::optional<state::FleetKey> fleet_key;
    Actor actor = root;
    state::Settle settle;
    std::vector<std::pair<std::string, Secret>> passwords;
};

}  // namespace userd::test
