// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/password_history.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

namespace {

constexpr HashCost cheap{64 * 1024, 1}, dearer{128 * 1024, 1};

HistoryHash hashed(std::string_view password, const std::vector<std::string>& history,
                   const HashCost& cost = cheap) {
    return must(hash_with_history(Secret(password), history, cost));
}
std::string salt_of(const std::string& record) {
    return record.substr(0, record.rfind('$'));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(password_history)

BOOST_AUTO_TEST_CASE(each_of_twenty_four_is_known_again_by_one_salt) {
    std::vector<std::string> history;
    for (int i = 0; i < 24; ++i) {
        const auto next = hashed(fmt::format("former password {}", i), history);
        BOOST_TEST(!next.used_before);
        history.insert(history.begin(), next.record);
        BOOST_TEST(salt_of(history.front()) == salt_of(history.back()));
    }
    for (int i = 0; i < 24; ++i)
        BOOST_TEST(hashed(fmt::format("former password {}", i), history).used_before);
    BOOST_TEST(!hashed("former password 24", history).used_before);
}

BOOST_AUTO_TEST_CASE(its_record_is_one_that_logins_verify) {
    const auto first = hashed("one former password", {});
    const auto second = hashed("b\xC3\xA4renfell", {first.record});
    BOOST_TEST(salt_of(second.record) == salt_of(first.record));
    BOOST_TEST(must(verify_password(Secret("ba\xCC\x88renfell"), second.record, cheap)).right);
    BOOST_TEST(!must(verify_password(Secret("ba\xCC\x88renfell"), second.record, cheap)).is_old);
    BOOST_TEST(!must(verify_password(Secret("one former password"), second.record, cheap)).right);
}

BOOST_AUTO_TEST_CASE(two_accounts_share_no_salt) {
    BOOST_TEST(salt_of(hashed("the same", {}).record) != salt_of(hashed("the same", {}).record));
}

BOOST_AUTO_TEST_CASE(another_cost_starts_anew_and_still_knows_the_old_ones) {
    std::vector<std::string> history{hashed("of the cheap days", {}).record};
    const auto next = hashed("of today", history, dearer);
    BOOST_TEST(is_of_cost(next.record, dearer));
    BOOST_TEST(salt_of(next.record) != salt_of(history.front()));
    history.insert(history.begin(), next.record);
    BOOST_TEST(hashed("of the cheap days", history, dearer).used_before);
    BOOST_TEST(hashed("of today", history, dearer).used_before);
    BOOST_TEST(salt_of(hashed("of tomorrow", history, dearer).record) == salt_of(next.record));
}

BOOST_AUTO_TEST_CASE(a_damaged_history_is_an_error_and_not_empty) {
    for (const auto* record : {"", "$6$salt$hash", "$argon2id$v=19$m=64,t=1,p=1$c2hvcnQ$aGFzaA"})
        BOOST_TEST(!hash_with_history(Secret("a password"), {record}, cheap), record);
}

BOOST_AUTO_TEST_SUITE_END()
