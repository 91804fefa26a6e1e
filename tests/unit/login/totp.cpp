// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/totp.h"

#include <string>

#include "tests/unit/login/support.h"

using namespace userd;
using namespace std::chrono_literals;
using wire::Verdict;

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

// RFC 6238, appendix B; the last is in the year 2603, beyond 32 bits of seconds.
struct Vector {
    std::int64_t seconds;
    const char *sha1, *sha256, *sha512;
};
constexpr Vector vectors[] = {
    {59, "94287082", "46119246", "90693936"},         {1111111109, "07081804", "68084774", "25091201"},
    {1111111111, "14050471", "67062674", "99943326"}, {1234567890, "89005924", "91819424", "93441116"},
    {2000000000, "69279037", "90698825", "38618901"}, {20000000000, "65353130", "77737706", "47863826"},
};

// A host whose clock stands there, and alice with such an authenticator: what decides is the whole login.
struct Host : test::World {
    explicit Host(std::int64_t seconds, const store::TotpShape& s = {}, std::size_t key_size = 20)
        : key(key_of(key_size)), made(s) {
        turn_to(seconds);
        test::must(store->credentials().put_totp(test::alice, key, made, 0, clock.now()));
    }
    void turn_to(std::int64_t seconds) { clock.set_wall(from_unix(seconds)); }
    std::string code(int steps_off = 0) const {
        return std::string(totp_code(key, made, to_unix(clock.now()) / 30 + steps_off).text());
    }
    // The reason of the trail; empty: let in.
    std::string login(std::string typed, const char* service = "sshd") {
        const auto verdict = test::verdict_of(*this, test::authenticate("alice", service),
                                              {test::alice_password, std::move(typed)});
        BOOST_TEST((verdict == Verdict::success) == last_reason().empty());
        return last_reason();
    }
    std::int64_t last_step() { return test::must(store->credentials().find_totp(test::alice))->last_step; }
    bool is_locked() { return test::must(store->tickets().locked_until(test::alice)).has_value(); }

    Secret key;
    store::TotpShape made;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(totp)

BOOST_AUTO_TEST_CASE(codes_are_those_of_rfc_6238) {
    for (const auto& row : vectors) {
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

BOOST_AUTO_TEST_SUITE(totp_at_login)

BOOST_AUTO_TEST_CASE(each_vector_of_rfc_6238_gets_in_once_at_its_second) {
    for (const auto& row : vectors) {
        const struct {
            const char* algorithm;
            std::size_t key_size;
            const char *right, *of_another_hash;
        } shapes[] = {{"SHA1", 20, row.sha1, row.sha256},
                      {"SHA256", 32, row.sha256, row.sha512},
                      {"SHA512", 64, row.sha512, row.sha1}};
        for (const auto& one : shapes) {
            BOOST_TEST_CONTEXT(one.algorithm << " at " << row.seconds) {
                Host host(row.seconds, shape(one.algorithm, 8), one.key_size);
                BOOST_TEST(host.login(one.of_another_hash) == "bad-code");
                BOOST_TEST(host.login(std::string(one.right).substr(2)) == "bad-code");
                BOOST_TEST(host.last_step() == 0);
                BOOST_TEST(host.login(one.right) == "");
                BOOST_TEST(host.last_step() == row.seconds / 30);
                BOOST_TEST(host.login(one.right, "sudo") == "code-reused");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_login_takes_the_steps_next_to_now_and_no_further_ones) {
    for (const std::int64_t second : {0, 29})
        for (int off = -3; off <= 3; ++off) {
            BOOST_TEST_CONTEXT("step " << off << " at second " << second) {
                Host host(at * 30 + second);
                const bool near = off >= -1 && off <= 1;
                BOOST_TEST(host.login(host.code(off)) == (near ? "" : "bad-code"));
                BOOST_TEST(host.last_step() == (near ? at + off : 0));
            }
        }
}

BOOST_AUTO_TEST_CASE(logins_work_in_2040_and_2110_and_their_codes_count_once) {
    for (const std::int64_t seconds : {2'208'988'800LL, 4'417'977'600LL}) {
        Host host(seconds);
        const auto code = host.code();
        BOOST_TEST(host.login(code) == "");
        BOOST_TEST(host.login(code) == "code-reused");
        BOOST_TEST(host.login(host.code(1)) == "");
    }
}

BOOST_AUTO_TEST_CASE(however_far_the_clock_goes_back_no_used_step_and_none_before_it_comes_back) {
    Host host(at * 30);
    const auto used = host.code();
    BOOST_TEST(host.login(used) == "");
    for (const std::int64_t back :
         {std::int64_t{30}, std::int64_t{24 * 3600}, std::int64_t{5 * 365 * 24 * 3600}, at * 30 - 59}) {
        host.turn_to(at * 30 - back);
        for (int off = -1; off <= 1; ++off)
            if (to_unix(host.clock.now()) / 30 + off < at)
                BOOST_TEST(host.login(host.code(off)) == "code-reused", back << " back, step " << off);
        BOOST_TEST(host.last_step() == at);
    }
    BOOST_TEST(!host.is_locked());  // right codes at the wrong time are no wrong tries
    host.turn_to(at * 30);
    BOOST_TEST(host.login(used) == "code-reused");
    BOOST_TEST(host.login(host.code(1)) == "");
}

BOOST_AUTO_TEST_CASE(wrong_codes_at_a_clock_five_years_ahead_move_nothing) {
    Host host(at * 30);
    const auto now = host.code();
    host.turn_to(at * 30 + 5 * 365 * 24 * 3600);
    BOOST_TEST(host.login(now) == "bad-code");
    BOOST_TEST(host.login("000000") == "bad-code");
    BOOST_TEST(host.login("") == "bad-code");
    BOOST_TEST(host.last_step() == 0);
    host.turn_to(at * 30);
    BOOST_TEST(host.login(now) == "");
}

BOOST_AUTO_TEST_CASE(a_right_code_at_a_clock_five_years_ahead_holds_until_then_or_until_a_reset) {
    Host host(at * 30);
    const auto ahead = at * 30 + 5 * 365 * 24 * 3600;
    host.turn_to(ahead);
    BOOST_TEST(host.login(host.code()) == "");
    host.turn_to(at * 30);
    BOOST_TEST(host.login(host.code()) == "code-reused");
    const Actor root{0, "root", "bus", {}};
    const Secret spare = test::must(host.credentials.create_temporary_code(root, test::alice, 1h));
    BOOST_TEST(host.login(std::string(spare.text())) == "");  // the way in until somebody looks
    host.turn_to(ahead + 60);
    BOOST_TEST(host.login(host.code()) == "");
    host.turn_to(at * 30);
    test::must(host.credentials.reset_mfa(root, test::alice, std::nullopt));
    test::must(host.store->credentials().put_totp(test::alice, host.key, host.made, 0, host.clock.now()));
    BOOST_TEST(host.login(host.code()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
