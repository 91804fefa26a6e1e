// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/enrolment.h"

#include <algorithm>

#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Verdict;

namespace {

// Somebody who reads before answering.
struct Reader {
    explicit Reader(World& w, LoginStart start) : world(w) {
        dialogue = world.login.open(std::move(start), {0, 100}, [this](LoginTurn t) { turn = std::move(t); });
        dialogue->begin();
        wait();
    }
    void answer(std::initializer_list<std::string> texts) {
        turn.reset();
        for (const auto& text : texts) dialogue->answer(Secret(std::string_view(text)));
        wait();
    }
    void wait() {
        world.run_until([&] { return turn.has_value(); });
        for (const auto& step : turn->steps) heard += step.text + "\n";
    }
    Verdict verdict() const {
        BOOST_REQUIRE((turn->steps.back().kind == wire::StepKind::verdict));
        return turn->steps.back().verdict;
    }
    const std::string& prompt() const { return turn->steps.back().text; }
    bool says(std::string_view text) const { return heard.find(text) != std::string::npos; }
    Secret key() const {  // the one shown last
        const std::string word = "Key to type instead: ";
        auto text = heard.substr(heard.rfind(word) + word.size());
        text.erase(text.find('\n'));
        text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
        return must(from_base32(Secret(std::string_view(text))));
    }
    std::string code() const {
        return std::string(totp_code(key(), {}, to_unix(world.clock.now()) / 30).text());
    }
    std::string wrong() const { return code() == "000000" ? "111111" : "000000"; }

    World& world;
    std::unique_ptr<Dialogue> dialogue;
    std::optional<LoginTurn> turn;
    std::string heard;
};

// bob must have a code, and may enrol for an hour.
struct Fixture {
    Fixture() {
        world.change_user(bob, [](User& user) { user.mfa = MfaPolicy::required; });
        must(world.store->credentials().set_enrol_until(bob, world.clock.now() + 1h));
    }
    bool is_enrolled() { return must(world.store->credentials().has_totp(bob)); }
    World world;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(enrolment, Fixture)

BOOST_AUTO_TEST_CASE(a_right_password_leads_to_a_key_and_its_code_gets_in) {
    Reader reader(world, authenticate("bob"));
    reader.answer({alice_password, ""});
    BOOST_TEST(reader.prompt() == "Verification code: ");
    BOOST_TEST(reader.says("Scan this"));
    BOOST_TEST(reader.says("█"));
    BOOST_TEST(!is_enrolled());
    const std::string code = reader.code();
    reader.answer({code});
    BOOST_TEST(is_enrolled());
    BOOST_TEST(reader.says("Recovery codes"));
    BOOST_TEST(reader.prompt() == "Write them down, then press Enter: ");
    reader.answer({""});
    BOOST_TEST(reader.verdict() == Verdict::success);
    BOOST_TEST(reader.turn->token.size() == wire::token_size);
    BOOST_TEST(world.last_reason() == "");
    BOOST_TEST(must(world.store->credentials().count_codes(
                   bob, store::CodeKind::recovery, world.clock.now())) == world.config.mfa.recovery_codes);
    // The code that turned it on is used.
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, code}) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "code-reused");
}

BOOST_AUTO_TEST_CASE(three_wrong_codes_make_a_new_key_and_three_keys_are_the_end) {
    Reader reader(world, authenticate("bob"));
    reader.answer({alice_password, ""});
    for (unsigned key = 1; key <= Enrolment::most_keys; ++key) {
        const std::string first(reader.key().text());
        for (int i = 0; i < 2; ++i) {
            reader.answer({reader.wrong()});
            BOOST_TEST(reader.says("That code is not right."));
            BOOST_TEST(reader.key().text() == first);
        }
        reader.answer({reader.wrong()});
        if (key < Enrolment::most_keys) BOOST_TEST(reader.key().text() != first);
    }
    BOOST_TEST(reader.verdict() == Verdict::maxtries);
    BOOST_TEST(!is_enrolled());
    BOOST_TEST((must(world.store->tickets().locked_until(bob)) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_wrong_password_sees_no_key) {
    Reader reader(world, authenticate("bob"));
    reader.answer({"wrong password here", ""});
    BOOST_TEST(reader.verdict() == Verdict::auth_err);
    BOOST_TEST(!reader.says("Key to type"));
    BOOST_TEST(world.last_reason() == "bad-password");
}

BOOST_AUTO_TEST_CASE(after_its_time_it_is_refused_like_a_wrong_code) {
    world.clock.advance(1h);
    Reader reader(world, authenticate("bob"));
    reader.answer({alice_password, ""});
    BOOST_TEST(reader.verdict() == Verdict::auth_err);
    BOOST_TEST(!reader.says("Key to type"));
    BOOST_TEST(reader.turn->steps.front().text.starts_with("Login refused (reference "));
    BOOST_TEST(reader.turn->steps.front().text.find("set up") == std::string::npos);
    BOOST_TEST(world.last_reason() == "mfa-missing");
    BOOST_TEST(must(world.store->tickets().find(bob, "")).failures == 1U);
}

BOOST_AUTO_TEST_CASE(a_client_that_holds_no_dialogue_is_told_how) {
    Reader reader(world, authenticate("bob"));
    reader.answer({alice_password, alice_password});
    BOOST_TEST(reader.verdict() == Verdict::auth_err);
    BOOST_TEST(reader.says("PreferredAuthentications=keyboard-interactive"));
    BOOST_TEST(world.last_reason() == "mfa-missing");
    auto silent = authenticate("bob");
    silent.flags = wire::flag_silent;
    Reader other(world, std::move(silent));
    other.answer({alice_password, ""});
    BOOST_TEST(other.verdict() == Verdict::auth_err);
    BOOST_TEST(!is_enrolled());
}

BOOST_AUTO_TEST_CASE(who_need_not_have_codes_or_is_suspended_is_not_asked_to) {
    world.change_user(bob, [](User& user) { user.mfa = MfaPolicy::inherit; });
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
    world.change_user(bob, [](User& user) {
        user.mfa = MfaPolicy::required;
        user.state = UserState::suspended;
    });
    Reader reader(world, authenticate("bob"));
    reader.answer({alice_password, ""});
    BOOST_TEST(reader.verdict() == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "suspended");
}

BOOST_AUTO_TEST_CASE(one_that_is_left_changes_nothing_and_locks_nobody) {
    for (int i = 0; i < 8; ++i) {
        Reader reader(world, authenticate("bob"));
        reader.answer({alice_password, ""});
        BOOST_TEST(reader.says("Key to type"));
    }
    BOOST_TEST(!is_enrolled());
    BOOST_TEST((must(world.store->tickets().locked_until(bob)) == std::nullopt));
}

BOOST_AUTO_TEST_SUITE_END()
