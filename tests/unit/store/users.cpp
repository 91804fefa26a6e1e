// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/users.h"

#include "daemon/store/database.h"
#include "daemon/store/groups.h"
#include "daemon/store/store.h"
#include "daemon/store/view.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Store;
using store::UserFilter;

namespace {

struct Fixture {
    std::unique_ptr<Store> store = must(Store::open(":memory:"));
    store::Users& users = store->users();

    void add(
        std::int64_t id, const std::string& name, void (*change)(User&) = [](User&) {}) {
        auto user = sample_user(id, name, static_cast<std::uint32_t>(70000 + id));
        change(user);
        must(users.insert(user, user.email));
    }
    std::string names(const UserFilter& filter) {
        std::string all;
        for (const auto& user : must(users.list(filter, 0, 100)).users) all += user.name + " ";
        return all;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(users, Fixture)

BOOST_AUTO_TEST_CASE(a_user_comes_back_whole) {
    auto user = sample_user(42, "alice", 70042);
    user.first_name = "Älice";
    user.email = "a@Example.org";
    user.suspended_until = from_unix(5);
    user.mfa = MfaPolicy::required;
    user.kind = UserKind::sftp;
    user.must_change = true;
    user.expires = from_unix(77);
    user.set = "web-team";
    user.metadata = R"({"a":1})";
    user.generation = 9;
    must(users.insert(user, "a@example.org"));
    const auto found = must(users.find_by_uid(70042)).value();
    BOOST_TEST((found.id == user.id));
    BOOST_TEST(found.first_name == "Älice");
    BOOST_TEST(found.gid == 70042U);
    BOOST_TEST((found.suspended_until == user.suspended_until));
    BOOST_TEST((found.mfa == MfaPolicy::required));
    BOOST_TEST((found.kind == UserKind::sftp));
    BOOST_TEST((found.expires == user.expires));
    BOOST_TEST(found.must_change);
    BOOST_TEST(found.set == "web-team");
    BOOST_TEST(found.metadata == R"({"a":1})");
    BOOST_TEST(found.generation == 9U);
    BOOST_TEST(must(users.find_by_email("a@example.org")).size() == 1U);
    BOOST_TEST(!must(users.find_by_name("bob")).has_value());
}

BOOST_AUTO_TEST_CASE(a_name_and_a_number_are_had_once) {
    add(1, "alice");
    BOOST_TEST(code_of(users.insert(sample_user(2, "alice", 70002), "")) == Errc::exists);
    BOOST_TEST(code_of(users.insert(sample_user(2, "bob", 70001), "")) == Errc::exists);
}

BOOST_AUTO_TEST_CASE(the_primary_groups_number_is_the_users_gid) {
    Group group;
    group.id = ObjectId{7};
    group.name = "staff";
    group.gid = 70500;
    group.source = "local";
    must(store->groups().insert(group));
    add(1, "alice", [](User& user) { user.primary_group = ObjectId{7}; });
    BOOST_TEST(must(users.find(ObjectId{1})).value().gid == 70500U);
    BOOST_TEST(must(users.with_primary_group(ObjectId{7}, 4)).at(0) == "alice");
}

BOOST_AUTO_TEST_CASE(lists_filter_sort_and_page) {
    add(1, "carol", [](User& user) { user.state = UserState::suspended; });
    add(2, "alice", [](User& user) { user.email = "boss@example.org"; });
    add(3, "bob", [](User& user) { user.last_login = from_unix(100); });
    must(users.set_tags(ObjectId{3}, {"oncall", "web"}));
    BOOST_TEST(names({}) == "alice bob carol ");
    UserFilter filter;
    filter.sort = "uid";
    filter.descending = true;
    BOOST_TEST(names(filter) == "bob alice carol ");
    filter = {};
    filter.state = UserState::suspended;
    BOOST_TEST(names(filter) == "carol ");
    filter = {};
    filter.tag = "web";
    BOOST_TEST(names(filter) == "bob ");
    filter = {};
    filter.never_logged_in = true;
    BOOST_TEST(names(filter) == "alice carol ");
    filter = {};
    filter.text = "BOSS";
    BOOST_TEST(names(filter).empty());
    filter.in_mail = true;
    BOOST_TEST(names(filter) == "alice ");
    filter = {};
    filter.text = "%";
    BOOST_TEST(names(filter).empty());
    const auto page = must(users.list({}, 1, 1));
    BOOST_TEST(page.total == 3U);
    BOOST_TEST(page.users.at(0).name == "bob");
    filter = {};
    filter.sort = "name; DROP TABLE users";
    BOOST_TEST(code_of(users.list(filter, 0, 1)) == Errc::invalid);
}

BOOST_AUTO_TEST_CASE(lists_know_locked_and_enrolled_users) {
    add(1, "alice");
    add(2, "bob");
    auto& database = store->database();
    must(database.execute(
        "INSERT INTO totp (user_id, sealed, key_id, algorithm, digits, period, enrolled_at) VALUES "
        "(1, x'00', 'k', 'SHA1', 6, 30, 0); INSERT INTO tickets (user_id, source, locked_until) "
        "VALUES (2, '', 5000000)"));
    UserFilter filter;
    filter.enrolled = false;
    BOOST_TEST(names(filter) == "bob ");
    filter.enrolled = true;
    BOOST_TEST(names(filter) == "alice ");
    filter = {};
    filter.locked = true;
    filter.now = from_unix(4);
    BOOST_TEST(names(filter) == "bob ");
    filter.now = from_unix(5);
    BOOST_TEST(names(filter).empty());
}

BOOST_AUTO_TEST_CASE(all_users_at_once_come_in_the_order_of_the_pages) {
    for (std::int64_t id : {3, 1, 2, 5, 4})
        add(id, fmt::format("user{}", id), [](User& user) {
            user.set = user.uid % 5 == 0 ? "other" : "team";
            user.display_name = user.uid % 2 == 0 ? "even" : "odd";
        });
    for (const char* sort : {"name", "uid", "display_name"})
        for (const bool descending : {false, true}) {
            UserFilter filter;
            filter.set = "team";
            filter.sort = sort;
            filter.descending = descending;
            const auto all = must(users.list(filter, 0, INT64_MAX));
            std::string at_once;
            for (const auto& user : all.users) at_once += user.name + " ";
            BOOST_TEST(at_once == names(filter));
            BOOST_TEST(all.total == 4U);
        }
}

BOOST_AUTO_TEST_CASE(a_view_ends_before_the_next_change) {
    {
        const auto view = must(store::View::open(*store));
        BOOST_TEST(!store->begin().has_value());
    }
    auto change = must(store->begin());
    add(1, "alice");
    must(change.commit());
    const auto view = must(store::View::open(*store));
    BOOST_TEST(names({}) == "alice ");
}

BOOST_AUTO_TEST_SUITE_END()
