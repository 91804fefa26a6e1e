// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/ownership.h"

#include <fmt/ranges.h>

#include <fstream>
#include <iterator>

#include "common/wire/ldap.h"
#include "daemon/model/remote.h"
#include "daemon/store/remote.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

// alice and staff are the directory server's, dora and web this host's.
struct Mirrored : DirectoryFixture {
    Mirrored() {
        config.ldap = {corp_server()};
        create("alice", {{"display_name", "Alice"}, {"email", "alice@example.org"}});
        create("dora");
        must(directory.create_group(root, "staff", {{"members", Names{"alice"}}}, {}));
        alice = mirror_user(*store, "alice");
        staff = mirror_group(*store, "staff");
        dora = must(directory.get_user("dora"));
        must(directory.create_group(root, "web", {}, {}));
        before = directory.generation();
    }
    Result<Outcome> update(const Fields& fields, const ChangeOptions& options = {}) {
        return directory.update_user(root, alice.id, fields, options);
    }
    template <typename T>
    void refused(const Result<T>& result) {
        BOOST_REQUIRE(!result);
        BOOST_TEST((result.error().code == Errc::read_only_source), result.error().message);
        BOOST_TEST(result.error().message.find("directory server corp") != std::string::npos);
        BOOST_TEST(directory.generation() == before);
    }

    // The server has alice, and lets her in or not. Gives the number of her entry.
    std::int64_t told(bool is_disabled) {
        wire::LdapEntry entry;
        entry.uuid = "0123456789abcdef";
        entry.dn = "uid=alice,dc=example,dc=org";
        entry.name = "alice";
        entry.number = entry.gid = alice.uid;
        entry.is_disabled = is_disabled;
        char frame[1024];
        const auto size = encode(frame, entry);
        BOOST_REQUIRE(size > 0);
        auto& remote = store->remote();
        auto change = must(store->begin());
        const auto source = must(remote.make_source("corp"));
        store::RemoteFacts facts;
        facts.uuid = entry.uuid;
        facts.dn = entry.dn;
        facts.name = entry.name;
        facts.number = facts.gid = entry.number;
        facts.frame = {frame, size};
        const auto id = must(remote.stage(source.id, facts)).value();
        auto row = must(remote.find(id)).value();
        row.user = alice.id;
        must(remote.settled(row));
        must(change.commit());
        return id;
    }
    void vanish(std::int64_t entry) {
        auto change = must(store->begin());
        must(store->remote().set_gone(entry, std::nullopt, clock.now()));
        must(change.commit());
    }

    User alice, dora;
    Group staff;
    std::uint64_t before = 0;
};

const std::map<std::string, Value> other_values{
    {"first_name", "Alicia"},   {"last_name", "Example"},   {"display_name", "Alicia"},
    {"email", "a@example.org"}, {"phone", "+440123456789"}, {"shell", "/bin/sh"},
    {"home", "/home/other"},    {"primary_group", "web"},   {"must_change", true}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ownership, Mirrored)

BOOST_AUTO_TEST_CASE(a_source_names_its_server) {
    BOOST_TEST(server_of("ldap:corp") == "corp");
    BOOST_TEST(server_of("local") == "");
    BOOST_TEST(server_of("ldap:") == "");
    BOOST_TEST(is_mirrored(alice));
    BOOST_TEST(!is_mirrored(dora));
}

BOOST_AUTO_TEST_CASE(what_the_server_owns_is_refused_and_the_refusal_names_it) {
    for (const auto& [field, value] : other_values) {
        const auto result = update({{field, value}});
        refused(result);
        BOOST_TEST(result.error().field == field);
    }
    const auto result = update({{"shell", "/bin/sh"}});
    BOOST_TEST(result.error().message ==
               "Cannot change the shell of alice: it comes from the directory server corp");
    BOOST_TEST(result.error().hint ==
               "changing it on ldaps://ldap1.example.org; userctl ldap sync corp brings it here at once");
}

// Every field of the table is in one of the two lists: a new one has to be thought of.
BOOST_AUTO_TEST_CASE(each_settable_field_of_the_table_is_tried_or_the_hosts) {
    for (const auto& field : user_fields()) {
        const bool settable = field.settable == Settable::by_admin || field.settable == Settable::by_self;
        if (!settable) continue;
        const bool is_tried = other_values.contains(std::string(field.name));
        BOOST_TEST(is_tried == (field.owner == Owner::server), field.name);
    }
}

BOOST_AUTO_TEST_CASE(what_is_the_hosts_is_changed_as_ever) {
    config.classes = {"small", "medium"};
    const auto record = must(update({{"tags", Names{"oncall"}},
                                     {"metadata", R"({"cost_center":"4711"})"},
                                     {"mfa", "required"},
                                     {"role", "admin"},
                                     {"class", "small"},
                                     {"notify", "none"},
                                     {"groups_add", Names{"web"}},
                                     {"local_groups", Names{"sudo"}},
                                     {"expires", std::int64_t{2'000'000'000}},
                                     {"not_before", std::int64_t{1'000'000'000}}}))
                            .record;
    BOOST_TEST(list_of(record, "groups") == "staff,web");
    BOOST_TEST(list_of(record, "local_groups") == "sudo");
    BOOST_TEST(text_of(record, "role") == "admin");
    BOOST_TEST(text_of(record, "mfa") == "required");
    must(directory.suspend_user(root, alice.id, "leave", std::nullopt, {}));
    must(directory.resume_user(root, alice.id, "back", {}));
    must(directory.add_members(root, "web", {"alice"}, std::nullopt, {}));
    must(directory.remove_members(root, "web", {"alice"}, {}));
}

BOOST_AUTO_TEST_CASE(what_is_said_again_is_nothing_to_do) {
    BOOST_TEST(
        !must(update({{"shell", alice.shell}, {"email", "alice@EXAMPLE.org"}, {"display_name", "Alice"}}))
             .changed);
    BOOST_TEST(!must(update({{"primary_group", "private"}, {"must_change", false}})).changed);
}

BOOST_AUTO_TEST_CASE(self_service_is_refused_the_same) {
    ChangeOptions options;
    options.self_service = true;
    refused(update({{"shell", "/bin/sh"}}, options));
    BOOST_TEST(must(update({{"notify", "none"}}, options)).changed);
}

BOOST_AUTO_TEST_CASE(a_dry_run_is_refused_too) {
    ChangeOptions options;
    options.dry_run = true;
    refused(update({{"home", "/home/other"}}, options));
}

BOOST_AUTO_TEST_CASE(names_and_lives_are_the_servers) {
    must(directory.suspend_user(root, alice.id, "", std::nullopt, {}));
    before = directory.generation();
    refused(directory.rename_user(root, alice.id, "alicia", {}));
    refused(directory.delete_user(root, alice.id, {}));
    refused(directory.rename_group(root, staff.id, "crew", {}));
    refused(directory.delete_group(root, staff.id, {}));
    BOOST_TEST(!must(directory.rename_user(root, alice.id, "alice", {})).changed);
}

// A suspension of the host's own on top of the server's, and its end, is no way in.
BOOST_AUTO_TEST_CASE(whom_the_server_keeps_out_only_the_server_lets_in_again) {
    const auto entry = told(true);
    must(directory.suspend_user(root, alice.id, "on leave", std::nullopt, {}));
    before = directory.generation();
    refused(directory.resume_user(root, alice.id, "", {}));
    told(false);
    BOOST_TEST(must(directory.resume_user(root, alice.id, "", {})).changed);
    vanish(entry);
    must(directory.suspend_user(root, alice.id, "on leave", std::nullopt, {}));
    before = directory.generation();
    refused(directory.resume_user(root, alice.id, "", {}));
}

BOOST_AUTO_TEST_CASE(a_suspension_that_is_over_leaves_the_servers) {
    told(true);
    must(directory.suspend_user(root, alice.id, "on leave", clock.now() + std::chrono::hours(1), {}));
    clock.advance(std::chrono::hours(2));
    must(directory.end_what_is_over());
    const auto user = must(directory.get_user("alice"));
    BOOST_TEST((user.state == UserState::suspended));
    BOOST_TEST(user.state_reason == disabled_reason("ldap:corp"));
    BOOST_TEST(!user.suspended_until);
}

BOOST_AUTO_TEST_CASE(who_may_not_at_all_is_told_that) {
    const auto nothing = std::make_shared<const Rights>();
    const Actor nobody{70001, "dora", "bus", dora.id, nothing};
    const auto result = directory.delete_user(nobody, alice.id, {});
    BOOST_REQUIRE(!result);
    BOOST_TEST((result.error().code == Errc::denied));
}

BOOST_AUTO_TEST_CASE(who_is_in_a_mirrored_group_is_the_servers_by_whatever_way) {
    refused(directory.add_members(root, "staff", {"dora"}, std::nullopt, {}));
    refused(directory.remove_members(root, "staff", {"alice"}, {}));
    refused(directory.add_members(root, "staff", {"group:web"}, std::nullopt, {}));
    refused(directory.update_group(root, staff.id, {{"members", Names{}}}, {}));
    refused(directory.update_group(root, staff.id, {{"administrators", Names{"dora"}}}, {}));
    refused(directory.update_group(root, staff.id, {{"description", "crew"}}, {}));
    refused(directory.update_user(root, dora.id, {{"groups", Names{"staff"}}}, {}));
    refused(directory.update_user(root, dora.id, {{"groups_add", Names{"staff"}}}, {}));
    refused(directory.update_user(root, dora.id, {{"primary_group", "staff"}}, {}));
    refused(update({{"groups_remove", Names{"staff"}}}));
    refused(directory.create_user(root, "erik", {{"groups", Names{"staff"}}}, {}));
    refused(directory.create_role(root, "crew", {{"groups", Names{"staff"}}}, {}));
}

BOOST_AUTO_TEST_CASE(a_mirrored_group_may_be_put_into_one_of_the_hosts_and_reached_by_a_role) {
    must(directory.add_members(root, "web", {"group:staff"}, std::nullopt, {}));
    must(directory.create_role(root, "desk", {{"scope", Names{"staff"}}}, {}));
    must(directory.update_group(root, staff.id, {{"mfa", "required"}}, {}));
    must(directory.remove_members(root, "web", {"group:staff"}, {}));
}

BOOST_AUTO_TEST_CASE(an_exact_list_of_groups_leaves_the_servers_alone) {
    BOOST_TEST(list_of(must(update({{"groups", Names{"web"}}})).record, "groups") == "staff,web");
    BOOST_TEST(list_of(must(update({{"groups", Names{}}})).record, "groups") == "staff");
    BOOST_TEST(!must(update({{"groups", Names{"staff"}}})).changed);
}

BOOST_AUTO_TEST_CASE(the_mirror_of_a_server_that_userd_yaml_has_no_more_may_be_deleted) {
    config.ldap.clear();
    const auto result = update({{"shell", "/bin/sh"}});
    refused(result);
    BOOST_TEST(result.error().hint == "corp is not under ldap in userd.yaml any more: put it back there");
    must(directory.suspend_user(root, alice.id, "", std::nullopt, {}));
    must(directory.delete_user(root, alice.id, {}));
    must(directory.delete_group(root, staff.id, {}));
}

BOOST_AUTO_TEST_CASE(lists_take_the_name_of_a_source_with_and_without_its_kind) {
    for (const char* source : {"ldap:corp", "corp"}) {
        BOOST_TEST(must(directory.list_users({{"source", source}}, 0, 10, true)).total == 1U);
        BOOST_TEST(must(directory.list_groups({{"source", source}}, 0, 10)).total == 1U);
    }
    BOOST_TEST(must(directory.list_users({{"source", "local"}}, 0, 10, true)).total == 1U);
    BOOST_TEST(must(directory.list_users({{"source", "ldap:other"}}, 0, 10, true)).total == 0U);
    BOOST_TEST(text_of(must(directory.user_record(alice, false)), "source") == "ldap:corp");
}

BOOST_AUTO_TEST_CASE(the_reference_page_lists_what_is_the_servers) {
    std::ifstream file(USERD_SOURCE_ROOT "/docs/reference/fields.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    Names users, groups;
    for (const auto& field : user_fields())
        if (field.owner == Owner::server) users.push_back(fmt::format("`{}`", field.name));
    for (const auto& field : group_fields())
        if (field.owner == Owner::server) groups.push_back(fmt::format("`{}`", field.name));
    for (const auto& line : {fmt::format("\n- of a user {};\n", fmt::join(users, ", ")),
                             fmt::format("\n- of a group {}.\n", fmt::join(groups, ", "))})
        BOOST_TEST(page.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_SUITE_END()
