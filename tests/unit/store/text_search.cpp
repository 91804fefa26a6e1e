// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/text_search.h"

#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::holds;

BOOST_AUTO_TEST_SUITE(text_search)

BOOST_AUTO_TEST_CASE(a_text_is_found_anywhere_and_in_any_case_of_ascii) {
    BOOST_TEST(holds("Alice Example", store::folded("ICE ex")));
    BOOST_TEST(holds("aab", "ab"));
    BOOST_TEST(holds("alice", ""));
    BOOST_TEST(!holds("", "a"));
    BOOST_TEST(!holds("ali", "alice"));
    BOOST_TEST(holds("50%_off", "%_o"));
}

BOOST_AUTO_TEST_CASE(rare_and_common_texts_are_paged_alike) {
    auto store = must(store::Store::open(":memory:"));
    for (int i = 0; i < 2100; ++i) {
        auto user = sample_user(i + 1, fmt::format("user{:04}", i), 70000U + static_cast<unsigned>(i));
        user.email = i % 700 == 0 ? "rare@example.org" : "common@example.org";
        must(store->users().insert(user, user.name + user.email));
    }
    must(store->users().set_tags(ObjectId{5}, {"Rare"}));
    const auto page = [&](std::string_view text, bool descending, std::uint64_t offset, std::uint64_t limit) {
        store::UserFilter filter;
        filter.text = text;
        filter.in_mail = filter.in_tag = true;
        filter.descending = descending;
        const auto found = must(store->users().list(filter, offset, limit));
        std::string names = std::to_string(found.total) + ":";
        for (const auto& user : found.users) names += " " + user.name;
        return names;
    };
    BOOST_TEST(page("rare", false, 0, 10) == "4: user0000 user0004 user0700 user1400");
    BOOST_TEST(page("RARE@", true, 1, 1) == "3: user0700");
    BOOST_TEST(page("example", false, 2098, 10) == "2100: user2098 user2099");
    BOOST_TEST(page("example", true, 0, 2) == "2100: user2099 user2098");
    BOOST_TEST(page("common", false, 0, 1) == "2097: user0001");
    BOOST_TEST(page("example", false, 2100, 10) == "2100:");
    BOOST_TEST(page("nowhere", false, 0, 10) == "0:");
}

BOOST_AUTO_TEST_SUITE_END()
