// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/password_hash.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/support.h"

using namespace userd;
using userd::test::must;

namespace {

const HashCost cheap{1ULL << 20, 1};

}  // namespace

BOOST_AUTO_TEST_SUITE(password_hash)

BOOST_AUTO_TEST_CASE(a_hash_knows_its_password_and_no_other) {
    const auto record = hash_password(Secret("correct horse"), cheap).value();
    BOOST_TEST(record.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"));
    BOOST_TEST(must(verify_password(Secret("correct horse"), record, cheap)).right);
    BOOST_TEST(!must(verify_password(Secret("correct horse"), record, cheap)).is_old);
    for (const auto* wrong : {"correct hors", "correct horse ", "Correct horse", ""})
        BOOST_TEST(!must(verify_password(Secret(std::string_view(wrong)), record, cheap)).right);
}

BOOST_AUTO_TEST_CASE(passwords_count_by_their_composed_form) {
    const auto record = hash_password(Secret("caf\xC3\xA9"), cheap).value();
    BOOST_TEST(must(verify_password(Secret("cafe\xCC\x81"), record, cheap)).right);
    BOOST_TEST(!must(verify_password(Secret("cafe"), record, cheap)).right);
    BOOST_TEST(count_characters(Secret("cafe\xCC\x81")) == 4);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_kept_as_they_are) {
    const auto record = hash_password(Secret("caf\xE9"), cheap).value();
    BOOST_TEST(must(verify_password(Secret("caf\xE9"), record, cheap)).right);
    BOOST_TEST(!must(verify_password(Secret("caf\xC3\xA9"), record, cheap)).right);
}

BOOST_AUTO_TEST_CASE(nothing_is_cut_off) {
    const std::string longest(max_password, 'x');
    const auto record = hash_password(Secret(longest), cheap).value();
    BOOST_TEST(must(verify_password(Secret(longest), record, cheap)).right);
    BOOST_TEST(!must(verify_password(Secret(longest.substr(1)), record, cheap)).right);
    BOOST_TEST(!must(verify_password(Secret(longest + "x"), record, cheap)).right);
}

BOOST_AUTO_TEST_CASE(a_record_of_another_cost_is_old_after_a_right_password) {
    const auto record = hash_password(Secret("correct horse"), cheap).value();
    const HashCost dearer{2ULL << 20, 1};
    const auto outcome = must(verify_password(Secret("correct horse"), record, dearer));
    BOOST_TEST(outcome.right);
    BOOST_TEST(outcome.is_old);
    BOOST_TEST(!must(verify_password(Secret("wrong"), record, dearer)).is_old);
}

BOOST_AUTO_TEST_CASE(imported_crypt_hashes_verify_and_are_old) {
    for (const char* record :
         {"$6$rounds=1000$saltsalt$cR7uED9S9icrxa11Lj7F5D."
          "7U8449gpqBXyD2HSpuHRpxCc17kJRpsJMsHp434Y8yykgmcefOmxgCH44Cw7tW/",
          "$y$j75$k2XAnEHBqQ1Ct2aMXFKNa/HAmA1BpMnBsYHMWB4NZN4$kAc7Jychb./.H/dzvNt8ydLoYfdraazvPFCVC4.rwAD",
          "$2b$05$KBCwKxOzLha2MUDgW0PjXeXHQVWCVtOhzdU4MzfKRnuYBR8Xw7U8y"}) {
        BOOST_TEST(is_acceptable_record(record));
        const auto outcome = must(verify_password(Secret("correct horse battery"), record, cheap));
        BOOST_TEST(outcome.right);
        BOOST_TEST(outcome.is_old);
        BOOST_TEST(!must(verify_password(Secret("correct horse"), record, cheap)).right);
    }
}

BOOST_AUTO_TEST_CASE(no_record_is_never_right) {
    for (const char* record : {"", "*", "!", "x", "$6$", "$argon2id$v=19$m=1024,t=1,p=1$$"})
        BOOST_TEST(!must(verify_password(Secret("password"), record, cheap)).right);
}

BOOST_AUTO_TEST_CASE(records_that_cost_too_much_are_refused) {
    static constexpr const char* tail = "$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";
    BOOST_TEST(is_acceptable_record(std::string("$argon2id$v=19$m=65536,t=16,p=1") + tail));
    for (const auto* head :
         {"$argon2id$v=19$m=65537,t=1,p=1", "$argon2id$v=19$m=1024,t=17,p=1", "$argon2id$v=19$m=1024,t=1,p=2",
          "$argon2id$v=19$m=,t=1,p=1", "$argon2id$v=16$m=1024,t=1,p=1", "$argon2i$v=19$m=1024,t=1,p=1",
          "$argon2id$v=19$m=99999999999999999999,t=1,p=1", "$argon2id$v=19$m=1024,t=1"})
        BOOST_TEST(!is_acceptable_record(std::string(head) + tail), head);
    BOOST_TEST(!is_acceptable_record("$6$rounds=99999999$saltsalt$" + std::string(86, 'x')));
    BOOST_TEST(!is_acceptable_record("$y$jFT$saltsalt$" + std::string(43, 'x')));
    BOOST_TEST(!is_acceptable_record("$2b$20$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"));
    BOOST_TEST(!is_acceptable_record("$1$saltsalt$hash"));
    BOOST_TEST(!is_acceptable_record("aaXXXXXXXXXXX"));
}

BOOST_AUTO_TEST_CASE(records_that_were_cut_or_mistyped_are_refused) {
    const std::pair<std::string, std::size_t> forms[] = {{"$y$j9T$saltsalt$", 43},
                                                         {"$6$saltsalt$", 86},
                                                         {"$6$rounds=5000$saltsalt$", 86},
                                                         {"$5$saltsalt$", 43},
                                                         {"$2b$12$", 53}};
    for (const auto& [head, characters] : forms) {
        BOOST_TEST(is_acceptable_record(head + std::string(characters, 'x')), head);
        BOOST_TEST(!is_acceptable_record(head + std::string(characters - 1, 'x')), head);
        BOOST_TEST(!is_acceptable_record(head + std::string(characters - 1, 'x') + "!"), head);
    }
}

BOOST_AUTO_TEST_SUITE_END()
