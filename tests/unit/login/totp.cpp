// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/totp.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace userd;

namespace {

Secret key_of(std::size_t size) {
    std::string text;
    while (text.size() < size) text += "1234567890";
    text.resize(size);
    return Secret(text);
}

constexpr std::int64_t at = 1'800'000'000 / 30;

store::TotpShape shape(const char* algorithm, unsigned digits) {
    return {algorithm, digits, 30};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(totp)

// RFC 6238, appendix B; the last is in the year 2603, beyond 32 bits of seconds.
BOOST_AUTO_TEST_CASE(codes_are_those_of_rfc_6238) {
    struct Row {
        std::int64_t seconds;
        const char *sha1, *sha256, *sha512;
    };
    static constexpr Row rows[] = {
        {59, "94287082", "46119246", "90693936"},         {1111111109, "07081804", "68084774", "25091201"},
        {1111111111, "14050471", "67062674", "99943326"}, {1234567890, "89005924", "91819424", "93441116"},
        {2000000000, "69279037", "90698825", "38618901"}, {20000000000, "65353130", "77737706", "47863826"},
    };
    for (const auto& row : rows) {
        BOOST_TEST(totp_code(key_of(20), shape("SHA1", 8), row.seconds / 30).text() == row.sha1);
        BOOST_TEST(totp_code(key_of(32), shape("SHA256", 8), row.seconds / 30).text() == row.sha256);
        BOOST_TEST(totp_code(key_of(64), shape("SHA512", 8), row.seconds / 30).text() == row.sha512);
    }
}

BOOST_AUTO_TEST_CASE(codes_work_in_2040_and_2110) {
    for (const std::int64_t seconds : {2'208'988'800LL, 4'417'977'600LL}) {
        const auto code = totp_code(key_of(20), shape("SHA1", 6), seconds / 30);
        const auto match = match_totp(key_of(20), shape("SHA1", 6), code.text(), from_unix(seconds), 0);
        BOOST_TEST((match.verdict == CodeVerdict::right));
        BOOST_TEST(match.step == seconds / 30);
    }
}

BOOST_AUTO_TEST_CASE(the_window_is_one_step_to_either_side) {
    for (int off = -3; off <= 3; ++off) {
        const auto code = totp_code(key_of(20), shape("SHA1", 6), at + off);
        const auto match = match_totp(key_of(20), shape("SHA1", 6), code.text(), from_unix(at * 30), 0);
        BOOST_TEST((match.verdict == CodeVerdict::right) == (off >= -1 && off <= 1));
    }
}

BOOST_AUTO_TEST_CASE(a_step_not_above_the_last_one_is_a_reused_code) {
    const auto code = totp_code(key_of(20), shape("SHA1", 6), at);
    const auto now = from_unix(at * 30);
    BOOST_TEST(
        (match_totp(key_of(20), shape("SHA1", 6), code.text(), now, at).verdict == CodeVerdict::reused));
    BOOST_TEST(
        (match_totp(key_of(20), shape("SHA1", 6), code.text(), now, at + 9).verdict == CodeVerdict::reused));
    BOOST_TEST(
        (match_totp(key_of(20), shape("SHA1", 6), code.text(), now, at - 1).verdict == CodeVerdict::right));
}

BOOST_AUTO_TEST_CASE(what_is_not_the_code_is_wrong) {
    const auto right = std::string(totp_code(key_of(20), shape("SHA1", 6), at).text());
    for (const auto& code : {std::string(), right.substr(1), right + "0", std::string("abcdef"), " " + right})
        BOOST_TEST((match_totp(key_of(20), shape("SHA1", 6), code, from_unix(at * 30), 0).verdict ==
                    CodeVerdict::wrong));
    BOOST_TEST(
        (match_totp(key_of(20), {"SHA1", 7, 30}, "1234567", from_unix(0), 0).verdict == CodeVerdict::wrong));
}

BOOST_AUTO_TEST_CASE(base_32_reads_back_and_is_read_as_people_type_it) {
    const Secret secret = Secret::random(totp_secret_size);
    const Secret text = to_base32(secret);
    BOOST_TEST(text.size() == 32);
    BOOST_TEST(equal(from_base32(text).value(), secret));
    BOOST_TEST(equal(from_base32(Secret("gezd gnbv gy3t qojq")).value(), Secret("1234567890")));
    BOOST_TEST(!from_base32(Secret("0189!")));
    BOOST_TEST(!from_base32(Secret(std::string(1000, 'A'))));
}

BOOST_AUTO_TEST_CASE(the_uri_escapes_issuer_and_account) {
    const Secret uri = totp_uri(Secret("1234567890"), shape("SHA256", 8), "my host", "al&ice");
    BOOST_TEST(uri.text() ==
               "otpauth://totp/my%20host:al%26ice?secret=GEZDGNBVGY3TQOJQ&issuer=my%20host&algorithm=SHA256&"
               "digits=8&period=30");
}

BOOST_AUTO_TEST_SUITE_END()
