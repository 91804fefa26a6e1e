// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/authenticator_file.h"

#include "daemon/login/codes.h"
#include "daemon/login/totp.h"
#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Verdict;

namespace {

constexpr const char* weak_key = "JBSWY3DPEHPK3PXP";  // 80 bits
const Actor root{0, "root", "bus", {}};

Result<AuthenticatorFile> parse(const std::string& text) {
    return parse_authenticator_file(Secret(text));
}
std::string why_not(const std::string& text) {
    const auto file = parse(text);
    return file ? "" : file.error().message;
}

struct Fixture {
    World world;

    std::int64_t step() { return to_unix(world.clock.now()) / 30; }
    AuthenticatorFile file(const std::string& more = "") {
        return must(parse(std::string(weak_key) + "\n" + more + "\" TOTP_AUTH\n23456789\n"));
    }
    std::string code(std::int64_t at) {
        return std::string(totp_code(must(from_base32(Secret(std::string_view(weak_key)))), {}, at).text());
    }
    bool logs_in(const std::string& typed) {
        return verdict_of(world, authenticate("bob"), {alice_password, typed}) == Verdict::success;
    }
    Result<bool> adopt(const AuthenticatorFile& given) {
        return world.credentials.adopt_authenticator(root, bob, given, {});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(authenticator_file, Fixture)

BOOST_AUTO_TEST_CASE(key_scratch_codes_and_used_steps_are_read) {
    const auto found =
        must(parse(std::string(weak_key) +
                   "\n\" RATE_LIMIT 3 30 1700000000\n\" WINDOW_SIZE 17\n\" DISALLOW_REUSE 7 9 8\n"
                   "\" TOTP_AUTH\n12345678\n87654321\n"));
    BOOST_TEST(found.key.size() == 10U);
    BOOST_TEST((found.shape.digits == 6 && found.shape.period == 30));
    BOOST_TEST(found.last_step == 9);
    BOOST_REQUIRE(found.scratch.size() == 2U);
    BOOST_TEST(found.scratch[0].text() == "12345678");
    BOOST_REQUIRE(found.notes.size() == 2U);
    BOOST_TEST(found.notes[1].find("window of 17") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_go_on_is_refused_and_says_why) {
    const std::string key = std::string(weak_key) + "\n";
    BOOST_TEST(why_not("").find("does not begin with a key") != std::string::npos);
    BOOST_TEST(why_not("no key!\n\" TOTP_AUTH\n").find("does not begin with a key") != std::string::npos);
    BOOST_TEST(why_not("JBSWY3DP\n\" TOTP_AUTH\n").find("less than 80 bits") != std::string::npos);
    BOOST_TEST(why_not(key + "\" HOTP_COUNTER 3\n").find("HOTP") != std::string::npos);
    BOOST_TEST(why_not(key).find("TOTP_AUTH") != std::string::npos);
    BOOST_TEST(why_not(key + "\" STEP_SIZE 3600\n\" TOTP_AUTH\n").find("steps") != std::string::npos);
    std::string many = key + "\" TOTP_AUTH\n";
    for (int i = 0; i < 1000; ++i) many += "12345678\n";
    BOOST_TEST(must(parse(many)).scratch.size() <= 10U);
}

BOOST_AUTO_TEST_CASE(an_adopted_key_and_its_scratch_codes_open_the_door_once) {
    BOOST_TEST(must(adopt(file())));
    BOOST_TEST(!logs_in(""));
    BOOST_TEST(logs_in(code(step())));
    BOOST_TEST(!logs_in(code(step())));
    BOOST_TEST(logs_in("23456789"));
    BOOST_TEST(!logs_in("23456789"));
    BOOST_TEST(!logs_in("99999999"));
}

BOOST_AUTO_TEST_CASE(a_code_that_was_used_there_opens_nothing_here) {
    must(adopt(file(fmt::format("\" DISALLOW_REUSE {}\n", step()))));
    BOOST_TEST(!logs_in(code(step())));
    BOOST_TEST(logs_in(code(step() + 1)));
}

BOOST_AUTO_TEST_CASE(a_used_step_far_in_the_future_locks_nobody_out) {
    must(adopt(file("\" DISALLOW_REUSE 999999999\n")));
    world.clock.advance(90s);
    BOOST_TEST(logs_in(code(step())));
}

BOOST_AUTO_TEST_CASE(begun_again_it_is_not_recorded_twice_and_used_steps_stay_used) {
    must(adopt(file()));
    BOOST_TEST(logs_in(code(step())));
    BOOST_TEST(!must(adopt(file())));
    BOOST_TEST(!logs_in(code(step())));
    must(world.credentials.end_authenticator_adoption(bob));
    BOOST_TEST((adopt(file()).error().code == Errc::policy_violation));
}

BOOST_AUTO_TEST_CASE(given_back_the_account_has_no_codes_unless_it_enrolled_anew) {
    must(adopt(file()));
    must(world.credentials.end_authenticator_adoption(bob));
    must(world.credentials.begin_authenticator_return(root, bob, {}));
    must(world.credentials.end_authenticator_return(root, bob, {}));
    BOOST_TEST(logs_in(""));
    BOOST_TEST(
        (world.credentials.begin_authenticator_return(root, bob, {}).error().code == Errc::policy_violation));
    must(adopt(file()));
    must(world.credentials.end_authenticator_adoption(bob));
    must(world.credentials.reset_mfa(root, bob, {}));
    world.clock.advance(60s);
    must(world.credentials.put_totp(root, bob, Secret(std::string_view("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"))));
    const auto late = world.credentials.begin_authenticator_return(root, bob, {});
    BOOST_TEST((late.error().code == Errc::policy_violation));
}

BOOST_AUTO_TEST_SUITE_END()
