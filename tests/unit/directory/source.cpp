// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/source.h"

#include "daemon/store/groups.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Fixture {
    HostRoot host;
    TemporaryFolder folder;
    Config config;
    FakeClock clock;
    std::unique_ptr<store::Store> store = must(store::Store::open(folder / "userd.db"));
    Directory directory{*store, {}, config, clock, host.path()};
    StoreSource source{*store};
    const Actor root{0, "root", "bus", {}};
    std::uint64_t seen = 0;

    Fixture() {
        host.write("etc/group", "sudo:x:27:\n");
        host.write("etc/userd/local-groups", "sudo:27\n");
        config.local_groups = {"sudo"};
        must(directory.create_group(root, "web", {{"gid", std::int64_t{71000}}}, {}));
        must(directory.create_user(root, "alice", {{"uid", std::int64_t{70001}}, {"groups", Names{"web"}}},
                                   {}));
        must(directory.create_user(root, "carl", {{"uid", std::int64_t{70002}}}, {}));
        seen = directory.generation();
    }
    ObjectId id(std::string_view name) { return must(directory.get_user(name)).id; }
    PublicChanges changes() {
        auto found = must(source.changes_since(seen));
        seen = found.generation;
        return found;
    }
    std::string listing() {
        auto list = must(source.open_listing());
        std::string all;
        PublicUser user;
        while (must(list->next_user(user))) {
            all += fmt::format("{}:{}:{}", user.name, user.uid, user.gid);
            for (const auto& group : user.groups) all += fmt::format(",{}", group.gid);
            all += ' ';
        }
        PublicGroup group;
        while (must(list->next_group(group))) {
            all += fmt::format("{}:{}", group.name, group.gid);
            for (const auto& member : group.members) all += fmt::format(",{}", member.uid);
            all += ' ';
        }
        return all;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(source, Fixture)

BOOST_AUTO_TEST_CASE(a_listing_is_the_whole_directory_in_order) {
    must(directory.add_members(root, "sudo", {"alice"}, std::nullopt, {}));
    BOOST_TEST(listing() == "alice:70001:70001,27,71000 carl:70002:70002 web:71000,70001 ");
}

BOOST_AUTO_TEST_CASE(a_listing_keeps_its_view_while_the_directory_changes) {
    auto list = must(source.open_listing());
    must(directory.create_user(root, "dora", {}, {}));
    PublicUser user;
    int count = 0;
    while (must(list->next_user(user))) ++count;
    BOOST_TEST(count == 2);
    BOOST_TEST(list->generation() == seen);
}

BOOST_AUTO_TEST_CASE(nothing_changed_is_nothing) {
    const auto none = changes();
    BOOST_TEST(
        (none.users.empty() && none.groups.empty() && none.users_gone.empty() && none.groups_gone.empty()));
}

BOOST_AUTO_TEST_CASE(joining_and_leaving_stand_on_both_sides) {
    must(directory.add_members(root, "web", {"carl"}, from_unix(2'000'000'000), {}));
    auto found = changes();
    BOOST_REQUIRE(found.users.size() == 1U);
    BOOST_TEST(found.users[0].name == "carl");
    BOOST_TEST(found.users[0].groups.at(0).until == 2'000'000'000);
    BOOST_REQUIRE(found.groups.size() == 1U);
    BOOST_TEST(found.groups[0].joined.at(0).uid == 70002U);
    must(directory.remove_members(root, "web", {"alice"}, {}));
    found = changes();
    BOOST_TEST(found.users.at(0).name == "alice");
    BOOST_TEST(found.users.at(0).groups.empty());
    BOOST_TEST(found.groups.at(0).left.at(0) == 70001U);
    BOOST_TEST(found.groups.at(0).joined.empty());
}

BOOST_AUTO_TEST_CASE(a_suspended_user_stays_and_a_deleted_one_goes) {
    must(directory.suspend_user(root, id("carl"), "", std::nullopt, {}));
    BOOST_TEST(changes().users.at(0).name == "carl");
    must(directory.delete_user(root, id("carl"), {}));
    const auto found = changes();
    BOOST_TEST(found.users_gone.at(0) == 70002U);
    BOOST_TEST(found.users.empty());
    BOOST_TEST(listing() == "alice:70001:70001,71000 web:71000,70001 ");
}

BOOST_AUTO_TEST_CASE(a_local_account_withdraws_ours_until_it_goes) {
    host.write("etc/passwd", "x:x:70001:5:::\n");
    must(directory.refresh_host_files());
    BOOST_TEST(changes().users_gone.at(0) == 70001U);
    BOOST_TEST(listing() == "carl:70002:70002 web:71000 ");
    host.write("etc/passwd", "");
    must(directory.refresh_host_files());
    const auto back = changes();
    BOOST_TEST(back.users.at(0).groups.at(0).gid == 71000U);
    BOOST_TEST(back.groups.at(0).joined.at(0).uid == 70001U);
}

BOOST_AUTO_TEST_CASE(a_local_group_withdraws_ours_and_its_memberships) {
    host.write("etc/group", "sudo:x:27:\nother:x:71000:\n");
    must(directory.refresh_host_files());
    BOOST_TEST(changes().groups_gone.at(0) == 71000U);
    BOOST_TEST(listing() == "alice:70001:70001 carl:70002:70002 ");
    host.write("etc/group", "sudo:x:27:\n");
    must(directory.refresh_host_files());
    const auto back = changes();
    BOOST_TEST(back.groups.at(0).joined.size() == 1U);
    BOOST_TEST(back.users.at(0).name == "alice");
}

BOOST_AUTO_TEST_CASE(a_local_membership_changes_the_user_alone) {
    must(directory.add_members(root, "sudo", {"carl"}, std::nullopt, {}));
    const auto found = changes();
    BOOST_TEST(found.users.at(0).groups.at(0).gid == 27U);
    BOOST_TEST(found.groups.empty());
}

BOOST_AUTO_TEST_CASE(what_the_store_forgot_it_does_not_tell) {
    BOOST_TEST(code_of(source.changes_since(seen + 1)) == Errc::not_supported);
    auto change = must(store->begin());
    must(store->groups().forget_removed(2));
    must(change.commit());
    BOOST_TEST(code_of(source.changes_since(1)) == Errc::not_supported);
    BOOST_TEST(source.changes_since(2).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
