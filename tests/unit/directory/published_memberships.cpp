// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever is done to users, groups and groups in groups, and in whatever order, the snapshot shows what a
// naive model of the same acts says: walked afresh for every user, group and moment, without a memory of what
// was before.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "common/snapshot/reader.h"
#include "daemon/directory/source.h"
#include "daemon/publish/publisher.h"
#include "daemon/store/groups.h"
#include "daemon/store/users.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;
using snapshot::Reader;
using snapshot::Status;

namespace {

std::int64_t moment = 0;
std::int64_t the_moment() {
    return moment;
}

constexpr std::int64_t never = INT64_MAX;

// Who was put where by name, and until when; both sides by their numbers.
struct Model {
    std::map<std::string, std::uint32_t> users, groups;
    std::map<std::uint32_t, std::uint32_t> primary;  // uid → gid, if not private
    std::map<std::uint32_t, std::map<std::uint32_t, std::int64_t>> user_members;   // gid → uid → end
    std::map<std::uint32_t, std::map<std::uint32_t, std::int64_t>> group_members;  // gid → gid → end

    std::int64_t end_of(std::uint32_t gid, std::uint32_t uid) const {
        std::int64_t latest = 0;
        if (const auto put = user_members.find(gid); put != user_members.end())
            if (const auto found = put->second.find(uid); found != put->second.end()) latest = found->second;
        if (const auto put = group_members.find(gid); put != group_members.end())
            for (const auto& [inner, end] : put->second)
                latest = std::max(latest, std::min(end, end_of(inner, uid)));
        return latest;
    }
    bool holds(std::uint32_t outer, std::uint32_t inner) const {
        if (outer == inner) return true;
        const auto put = group_members.find(outer);
        return put != group_members.end() &&
               std::any_of(put->second.begin(), put->second.end(),
                           [&](const auto& step) { return holds(step.first, inner); });
    }
    void end_what_is_over(std::int64_t now) {
        for (auto* members : {&user_members, &group_members})
            for (auto& [gid, put] : *members)
                std::erase_if(put, [&](const auto& one) { return one.second <= now; });
    }
    void forget_user(std::uint32_t uid) {
        primary.erase(uid);
        for (auto& [gid, put] : user_members) put.erase(uid);
    }
    void forget_group(std::uint32_t gid) {
        user_members.erase(gid);
        group_members.erase(gid);
        for (auto& [outer, put] : group_members) put.erase(gid);
    }
};

// A directory over a store on the disk, published after each change.
struct Stage {
    explicit Stage(unsigned seed, Publisher::Limits limits = {20, 64 << 10})  // small: many bases are made
        : random(seed), publisher(nss, source, workers, limits) {
        host.write("etc/group", "root:x:0:\n");
        must(publisher.start());
        reader.emplace(nss.c_str(), "", ::geteuid());
    }

    std::uint32_t below(std::size_t count) { return static_cast<std::uint32_t>(random() % count); }
    std::string some(const std::map<std::string, std::uint32_t>& names) {
        return std::next(names.begin(), below(names.size()))->first;
    }
    std::string fresh(const char* kind) { return fmt::format("{}{}", kind, ++made); }
    ObjectId user(const std::string& name) { return must(directory.get_user(name)).id; }
    ObjectId group(const std::string& name) { return must(directory.get_group(name)).id; }
    std::int64_t now() { return to_unix(clock.now()); }
    std::optional<Time> some_end() {
        return below(2) == 0 ? std::nullopt : std::optional(from_unix(now() + 1 + below(60)));
    }

    void act();
    void add_user(), remove_user(), add_group(), remove_group(), rename_something();
    void join(bool nested), leave(bool nested), choose_primary_group(), try_and_fail(), let_time_pass();
    std::string difference();
    std::string difference_at(const snapshot::View& view);

    std::mt19937 random;
    int made = 0;
    Model model;
    HostRoot host;
    TemporaryFolder folder;
    const std::string nss = folder / "nss";
    Config config;
    FakeClock clock;
    std::unique_ptr<Loop> loop = must(Loop::open());
    std::unique_ptr<store::Store> store = must(store::Store::open(folder / "userd.db"));
    StoreSource source{*store};
    Workers workers{*loop, 1};
    Publisher publisher;
    Directory directory{*store, [this] { return publisher.publish(); }, config, clock, host.path()};
    std::optional<Reader> reader;
    const Actor root{0, "root", "bus", {}};
};

void Stage::add_user() {
    const auto name = fresh("u");
    const auto record = must(directory.create_user(root, name, {}, {})).record;
    model.users[name] = static_cast<std::uint32_t>(number_of(record, "uid"));
}

void Stage::remove_user() {
    const auto name = some(model.users);
    must(directory.suspend_user(root, user(name), "", {}, {}));
    must(directory.delete_user(root, user(name), {}));
    model.forget_user(model.users[name]);
    model.users.erase(name);
}

void Stage::add_group() {
    const auto name = fresh("g");
    const auto record = must(directory.create_group(root, name, {}, {})).record;
    model.groups[name] = static_cast<std::uint32_t>(number_of(record, "gid"));
}

void Stage::remove_group() {
    const auto name = some(model.groups);
    const auto gid = model.groups[name];
    const bool is_primary = std::any_of(model.primary.begin(), model.primary.end(),
                                        [&](const auto& one) { return one.second == gid; });
    const auto done = directory.delete_group(root, group(name), {});
    BOOST_TEST(done.has_value() == !is_primary);
    if (!done) return;
    model.forget_group(gid);
    model.groups.erase(name);
}

void Stage::rename_something() {
    const bool is_group = below(2) == 0;
    auto& names = is_group ? model.groups : model.users;
    const auto before = some(names), after = fresh(is_group ? "g" : "u");
    if (is_group)
        must(directory.rename_group(root, group(before), after, {}));
    else
        must(directory.rename_user(root, user(before), after, {}));
    names[after] = names[before];
    names.erase(before);
}

void Stage::join(bool nested) {
    const auto into = some(model.groups), who = some(nested ? model.groups : model.users);
    const auto gid = model.groups[into], number = nested ? model.groups[who] : model.users[who];
    const auto until = some_end();
    auto& put = (nested ? model.group_members : model.user_members)[gid];
    const auto old = put.find(number);
    const bool is_circle = nested && model.holds(number, gid);
    const bool takes_away = until && old != put.end() && old->second == never;
    const auto done = directory.add_members(root, into, {nested ? "group:" + who : who}, until, {});
    if (!done && done.error().code == Errc::limits)
        return;  // too long a line: the naive model knows no bound
    BOOST_TEST(done.has_value() == (!is_circle && !takes_away));
    if (done) put[number] = until ? to_unix(*until) : never;
}

void Stage::leave(bool nested) {
    const auto from = some(model.groups), who = some(nested ? model.groups : model.users);
    must(directory.remove_members(root, from, {nested ? "group:" + who : who}, {}));
    (nested ? model.group_members : model.user_members)[model.groups[from]].erase(nested ? model.groups[who]
                                                                                         : model.users[who]);
}

void Stage::choose_primary_group() {
    const auto name = some(model.users);
    const auto group = below(3) == 0 ? std::string("private") : some(model.groups);
    must(directory.update_user(root, user(name), {{"primary_group", group}}, {}));
    if (group == "private")
        model.primary.erase(model.users[name]);
    else
        model.primary[model.users[name]] = model.groups[group];
}

// What is refused half-way, or only tried, leaves no trace.
void Stage::try_and_fail() {
    const auto into = some(model.groups), who = some(model.users);
    BOOST_TEST(!directory.add_members(root, into, {who, "nobody-at-all"}, {}, {}));
    ChangeOptions dry;
    dry.dry_run = true;
    (void)directory.add_members(root, into, {who}, some_end(), dry);
    (void)directory.delete_group(root, group(into), dry);
}

void Stage::let_time_pass() {
    clock.advance(std::chrono::seconds(1 + below(20)));
    if (below(2) == 0) return;
    must(directory.end_what_is_over());
    model.end_what_is_over(now());
}

void Stage::act() {
    const auto choice = below(100);
    if (model.users.size() < 3 || (choice < 6 && model.users.size() < 12)) return add_user();
    if (model.groups.size() < 3 || (choice < 12 && model.groups.size() < 12)) return add_group();
    if (choice < 16) return remove_user();
    if (choice < 20) return remove_group();
    if (choice < 26) return rename_something();
    if (choice < 31) return choose_primary_group();
    if (choice < 35) return try_and_fail();
    if (choice < 45) return let_time_pass();
    if (choice < 60) return join(false);
    if (choice < 82) return join(true);
    if (choice < 90) return leave(false);
    leave(true);
}

std::string Stage::difference_at(const snapshot::View& view) {
    std::map<std::uint32_t, std::set<std::string>> members;  // by gid
    for (const auto& [name, uid] : model.users) {
        const auto found = view.find_user(name);
        if (found.status != Status::found || found.record->uid != uid) return name + " is not found";
        std::set<std::uint32_t> expected, seen;
        const auto primary = model.primary.find(uid);
        for (const auto& [group_name, gid] : model.groups) {
            if (model.end_of(gid, uid) <= moment) continue;
            members[gid].insert(name);
            if (primary == model.primary.end() || primary->second != gid) expected.insert(gid);
        }
        view.for_each_group_of(*found.record, the_moment,
                               [&](std::uint32_t gid) { return seen.insert(gid).second; });
        if (seen != expected) return fmt::format("groups of {} at {}", name, moment);
    }
    for (const auto& [name, gid] : model.groups) {
        const auto found = view.find_group(name);
        if (found.status != Status::found || found.gid != gid) return name + " is not found";
        std::set<std::string> seen;
        const bool whole = view.for_each_member(
            found, the_moment, [&](const char* text, std::size_t size) { seen.emplace(text, size); });
        if (!whole || seen != members[gid]) return fmt::format("members of {} at {}", name, moment);
    }
    return {};
}

// Now, and at each moment at which something ends.
std::string Stage::difference() {
    std::set<std::int64_t> moments{now()};
    for (const auto* members : {&model.user_members, &model.group_members})
        for (const auto& [gid, put] : *members)
            for (const auto& [number, end] : put)
                if (end != never && end > now()) moments.insert(end - 1), moments.insert(end);
    const auto lease = reader->lease();
    if (lease.state() != Reader::State::ready) return "unavailable";
    for (const auto at : moments) {
        moment = at;
        if (auto found = difference_at(lease.view()); !found.empty()) return found;
    }
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(published_memberships)

BOOST_AUTO_TEST_CASE(the_snapshot_shows_what_a_naive_model_says_whatever_is_done) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        Stage stage(seed);
        for (int step = 0; step < 300; ++step) {
            stage.act();
            const auto found = stage.difference();
            BOOST_REQUIRE_MESSAGE(found.empty(), "seed " << seed << ", step " << step << ": " << found);
            (void)stage.loop->run_once(std::chrono::milliseconds(0));
        }
    }
}

BOOST_AUTO_TEST_CASE(one_more_in_a_group_of_thousands_is_a_small_patch) {
    constexpr std::uint32_t count = 5000;
    Stage stage(1, {});
    must(stage.directory.create_group(stage.root, "many", {}, {}));
    must(stage.directory.create_group(stage.root, "outer", {{"members", Names{"group:many"}}}, {}));
    {
        auto change = must(stage.store->begin());
        const auto generation = must(stage.store->raise_generation());
        for (std::uint32_t i = 0; i < count; ++i) {
            auto user = sample_user(i + 1, fmt::format("user{}", i), 80000 + i);
            user.generation = generation;
            must(stage.store->users().insert(user, ""));
            must(stage.store->groups().add(stage.group("many"), user.id, {}, generation));
        }
        must(change.commit());
    }
    must(stage.publisher.publish());
    while (!stage.publisher.is_settled()) (void)stage.loop->run_once(std::chrono::milliseconds(10));

    must(stage.directory.create_user(stage.root, "late", {}, {}));
    must(stage.directory.add_members(stage.root, "many", {"late"}, {}, {}));
    const auto lease = stage.reader->lease();
    for (const char* name : {"many", "outer"}) {
        std::size_t members = 0;
        lease.view().for_each_member(lease.view().find_group(name), the_moment,
                                     [&](const char*, std::size_t) { ++members; });
        BOOST_TEST(members == count + 1);
    }
    std::uintmax_t delta = 0;
    for (const auto& entry : std::filesystem::directory_iterator(stage.nss))
        if (entry.path().filename().string().starts_with("delta."))
            delta = std::max(delta, std::filesystem::file_size(entry));
    BOOST_TEST(delta > 0U);
    BOOST_TEST(delta < 4096U);
}

BOOST_AUTO_TEST_SUITE_END()
