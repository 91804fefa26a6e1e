// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/text_search.h"

#include <random>

#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Needle;

BOOST_AUTO_TEST_SUITE(text_search)

BOOST_AUTO_TEST_CASE(a_text_is_found_anywhere_and_in_any_case_of_ascii) {
    BOOST_TEST(Needle("ICE ex").is_in("Alice Example"));
    BOOST_TEST(Needle("ab").is_in("aab"));
    BOOST_TEST(Needle("").is_in("alice"));
    BOOST_TEST(!Needle("a").is_in(""));
    BOOST_TEST(!Needle("alice").is_in("ali"));
    BOOST_TEST(Needle("%_o").is_in("50%_off"));
}

BOOST_AUTO_TEST_CASE(it_finds_what_a_plain_search_finds) {
    std::mt19937 random(7);
    const auto word = [&](std::size_t longest) {
        std::string text(random() % (longest + 1), ' ');
        for (char& c : text) c = "abAB@\xc3"[random() % 6];
        return text;
    };
    const auto fold = [](std::string text) {
        for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return text;
    };
    for (int i = 0; i < 20'000; ++i) {
        const auto needle = word(5), text = word(12);
        const bool plain = fold(text).find(fold(needle)) != std::string::npos;
        BOOST_REQUIRE_MESSAGE(Needle(needle).is_in(text) == plain, needle << " in " << text);
    }
    const std::string much(300, 'a');
    BOOST_TEST(Needle(much + "b").is_in(much + much + "B"));
    BOOST_TEST(!Needle(much + "b").is_in(much + much));
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
