// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/ids.h"

#include "daemon/store/users.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Fixture {
    HostRoot root;
    HostFiles host{root.path()};
    Config config;
    std::unique_ptr<store::Store> store = must(store::Store::open(":memory:"));
    Ids ids{config, host, store->retired()};

    void take(std::int64_t id, std::uint32_t uid) {
        must(store->users().insert(sample_user(id, "u" + std::to_string(id), uid), ""));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ids, Fixture)

BOOST_AUTO_TEST_CASE(the_next_number_is_after_the_highest_ever_given) {
    BOOST_TEST(must(ids.choose("a")) == 70000U);
    take(1, 70004);
    BOOST_TEST(must(ids.choose("a")) == 70005U);
    must(store->retired().bury(store::Retired::Kind::user, 70010, "x", ObjectId{9}, from_unix(0), 1));
    BOOST_TEST(must(ids.choose("a")) == 70011U);
}

BOOST_AUTO_TEST_CASE(numbers_of_the_host_are_stepped_over) {
    root.write("etc/passwd", "bob:x:70000:70001:::\n");
    root.write("etc/group", "g:x:70002:\n");
    root.write("etc/subuid", "bob:70003:1000\n");
    must(host.read());
    BOOST_TEST(must(ids.choose("a")) == 71003U);
}

BOOST_AUTO_TEST_CASE(holes_are_used_when_a_range_is_at_its_end_but_never_tombs) {
    config.ids.ranges = {{70000, 70003}, {80000, 80000}};
    take(1, 70003);
    take(2, 80000);
    must(store->retired().bury(store::Retired::Kind::group, 70000, "x", ObjectId{9}, from_unix(0), 1));
    BOOST_TEST(must(ids.choose("a")) == 70001U);
    take(3, 70001);
    take(4, 70002);
    BOOST_TEST(code_of(ids.choose("a")) == Errc::limits);
}

BOOST_AUTO_TEST_CASE(a_name_has_the_same_number_on_every_host) {
    config.ids.by_name = true;
    config.ids.ranges = {{70000, 79999}, {90000, 99999}};
    const auto first = must(ids.choose("alice"));
    BOOST_TEST(must(ids.choose("alice")) == first);
    BOOST_TEST(must(ids.choose("bob")) != first);
    take(1, first);
    BOOST_TEST(must(ids.choose("alice")) == first + 1);
}

BOOST_AUTO_TEST_CASE(by_name_goes_once_around) {
    config.ids.by_name = true;
    config.ids.ranges = {{70000, 70002}};
    for (std::int64_t n = 1; n <= 3; ++n) take(n, must(ids.choose("alice")));
    BOOST_TEST(code_of(ids.choose("alice")) == Errc::limits);
}

BOOST_AUTO_TEST_CASE(an_asked_number_must_be_free_and_allowed) {
    root.write("etc/passwd", "bob:x:1000:1000:::\n");
    must(host.read());
    take(1, 70001);
    BOOST_TEST(ids.check(70002, "uid").has_value());
    BOOST_TEST(ids.check(1500, "uid").has_value());
    for (const std::int64_t id :
         {INT64_C(-1), INT64_C(0), INT64_C(999), INT64_C(65534), INT64_C(65535), INT64_C(60100),
          INT64_C(4294967295), INT64_C(4294967296), INT64_C(2147483648), INT64_C(500000)})
        BOOST_TEST(code_of(ids.check(id, "uid")) == Errc::invalid, id);
    BOOST_TEST(code_of(ids.check(70001, "uid")) == Errc::exists);
    const auto local = ids.check(1000, "gid");
    BOOST_TEST(code_of(local) == Errc::exists);
    BOOST_TEST(local.error().field == "gid");
    BOOST_TEST(local.error().message.find("/etc/passwd:1") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
