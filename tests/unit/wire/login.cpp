// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/wire/login.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace userd::wire;

namespace {

const std::string token(token_size, '\xAB');

Start full_start() {
    Start start;
    start.phase = Phase::authenticate;
    start.service = "sshd";
    start.user = "j\xf6rg";  // Latin-1: bytes, not UTF-8
    start.rhost = "203.0.113.7";
    start.tty = "ssh";
    start.ruser = "root";
    start.uid = 4294967294;
    start.flags = flag_silent;
    start.known = true;
    start.audit_session = 17;
    start.parent = 4711;
    start.ssh_auth_info = "publickey ssh-ed25519 AAAA\n";
    start.token = token;
    return start;
}

template <typename Message>
std::string encoded(const Message& message) {
    std::array<char, max_frame> buffer;
    return {buffer.data(), encode(std::span<char>(buffer), message)};
}

std::string encoded(const Steps& head, const std::vector<Step>& steps) {
    std::array<char, max_frame> buffer;
    return {buffer.data(), encode(std::span<char>(buffer), head, steps)};
}

Step info(std::string_view text) {
    return {StepKind::info, {}, {}, text};
}
Step ask(Ask asks, std::string_view text) {
    return {StepKind::ask_hidden, asks, {}, text};
}
Step verdict(Verdict verdict) {
    return {StepKind::verdict, {}, verdict, ""};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(login)

BOOST_AUTO_TEST_CASE(start_arrives_as_it_was_sent) {
    const auto bytes = encoded(full_start());
    const auto start = decode_start(bytes);
    BOOST_REQUIRE(start.has_value());
    BOOST_TEST((start->phase == Phase::authenticate));
    BOOST_TEST(start->service == "sshd");
    BOOST_TEST(start->user == "j\xf6rg");
    BOOST_TEST(start->rhost == "203.0.113.7");
    BOOST_TEST(start->tty == "ssh");
    BOOST_TEST(start->ruser == "root");
    BOOST_TEST(start->uid == 4294967294);
    BOOST_TEST(start->flags == flag_silent);
    BOOST_TEST(start->known);
    BOOST_TEST(start->audit_session == 17U);
    BOOST_TEST(start->parent == 4711U);
    BOOST_TEST(start->ssh_auth_info == "publickey ssh-ed25519 AAAA\n");
    BOOST_TEST(start->token == token);
}

// Processes keep the module that they have loaded for months.
BOOST_AUTO_TEST_CASE(a_start_of_a_module_that_knows_no_parent_is_understood) {
    auto start = full_start();
    start.ssh_auth_info = {};
    start.token = {};
    auto bytes = encoded(start);
    const std::string field("\x0d\x04\x00\x00\x00\x67\x12\x00\x00", 9);  // tag 13, 4 bytes, 4711
    BOOST_REQUIRE(bytes.ends_with(field));
    bytes.resize(bytes.size() - field.size());
    const auto read = decode_start(bytes);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->parent == 0U);
    BOOST_TEST(read->audit_session == 17U);
}

BOOST_AUTO_TEST_CASE(a_start_with_all_fields_at_their_longest_fits) {
    const std::string longest(max_name, 'x'), keys(max_auth_info, 'k');
    auto start = full_start();
    start.service = start.user = start.rhost = start.tty = start.ruser = longest;
    start.ssh_auth_info = keys;
    BOOST_TEST(decode_start(encoded(start)).has_value());
}

BOOST_AUTO_TEST_CASE(a_start_that_breaks_a_limit_is_not_written) {
    const std::string too_long(max_name + 1, 'x'), nul("a\0b", 3), keys(max_auth_info + 1, 'k');
    const auto broken = [](auto change) {
        auto start = full_start();
        change(start);
        return encoded(start).empty();
    };
    BOOST_TEST(broken([](Start& s) { s.user = ""; }));
    BOOST_TEST(broken([&](Start& s) { s.user = too_long; }));
    BOOST_TEST(broken([&](Start& s) { s.user = nul; }));
    BOOST_TEST(broken([&](Start& s) { s.service = too_long; }));
    BOOST_TEST(broken([&](Start& s) { s.rhost = too_long; }));
    BOOST_TEST(broken([&](Start& s) { s.tty = nul; }));
    BOOST_TEST(broken([&](Start& s) { s.ruser = nul; }));
    BOOST_TEST(broken([&](Start& s) { s.ssh_auth_info = keys; }));
    BOOST_TEST(broken([](Start& s) { s.token = "short"; }));
    BOOST_TEST(broken([](Start& s) { s.phase = Phase{0}; }));
    BOOST_TEST(broken([](Start& s) { s.phase = Phase{6}; }));
    BOOST_TEST(broken([](Start& s) { s.flags = flag_update; }));
    BOOST_TEST(broken([](Start& s) { s.phase = Phase::change_password; }));
    BOOST_TEST(broken([](Start& s) {
        s.phase = Phase::change_password;
        s.flags = flag_prelim | flag_update;
    }));
}

BOOST_AUTO_TEST_CASE(answer_arrives_as_it_was_sent) {
    const std::string text(max_answer, 'p');
    const auto bytes = encoded(Answer{1ULL << 63, 7, 2, {text, ""}});  // Enter at the prompt for a code
    const auto answer = decode_answer(bytes);
    BOOST_REQUIRE(answer.has_value());
    BOOST_TEST(answer->dialogue == 1ULL << 63);
    BOOST_TEST(answer->turn == 7U);
    BOOST_TEST(answer->count == 2U);
    BOOST_TEST(answer->texts[0] == text);
    BOOST_TEST(answer->texts[1] == "");
    BOOST_TEST(decode_answer(encoded(Answer{1, 0, 1, {"x"}}))->count == 1U);
    BOOST_TEST(encoded(Answer{1, 0, 1, {text + "p"}}).empty());
    BOOST_TEST(encoded(Answer{1, 0, 2, {"x", text + "p"}}).empty());
    BOOST_TEST(encoded(Answer{1, 0, 1, {std::string_view("a\0b", 3)}}).empty());
    BOOST_TEST(encoded(Answer{1, 0, 0, {}}).empty());
    BOOST_TEST(encoded(Answer{1, 0, max_prompts + 1, {}}).empty());
}

BOOST_AUTO_TEST_CASE(steps_arrive_as_they_were_sent) {
    const std::vector<Step> sent = {info("Attempt 4f2a"),
                                    {StepKind::error, {}, {}, ""},
                                    ask(Ask::password, "Password: "),
                                    ask(Ask::code, "Verification code: ")};
    const auto bytes = encoded(Steps{42, 3, token, {}}, sent);
    const auto steps = decode_steps(bytes);
    BOOST_REQUIRE(steps.has_value());
    BOOST_TEST(steps->dialogue == 42U);
    BOOST_TEST(steps->turn == 3U);
    BOOST_TEST(steps->token == token);
    std::size_t i = 0;
    for (const Step& step : steps->list) {
        BOOST_TEST((step.kind == sent[i].kind && step.asks == sent[i].asks));
        BOOST_TEST(step.text == sent[i].text);
        ++i;
    }
    BOOST_TEST(i == sent.size());
}

BOOST_AUTO_TEST_CASE(every_verdict_travels_and_unknown_ones_do_not) {
    for (std::uint8_t code = 0; code < verdict_count; ++code) {
        const auto bytes = encoded(Steps{1, 0, {}, {}}, {verdict(Verdict{code})});
        const auto steps = decode_steps(bytes);
        BOOST_REQUIRE(steps.has_value());
        BOOST_TEST(((*steps->list.begin()).verdict == Verdict{code}));
    }
    BOOST_TEST(encoded(Steps{1, 0, {}, {}}, {verdict(Verdict{verdict_count})}).empty());
}

BOOST_AUTO_TEST_CASE(an_unset_verdict_denies) {
    BOOST_TEST((Step{}.verdict == Verdict::denied));
    BOOST_TEST((Verdict{} == Verdict::denied));
}

BOOST_AUTO_TEST_CASE(steps_that_break_a_rule_are_not_written) {
    const std::string too_long(max_step_text + 1, 'x');
    const auto broken = [](const std::vector<Step>& steps) {
        return encoded(Steps{1, 0, {}, {}}, steps).empty();
    };
    BOOST_TEST(broken({}));
    BOOST_TEST(broken({info(too_long)}));
    BOOST_TEST(broken({info("two\nlines")}));
    BOOST_TEST(broken({info(std::string_view("a\0b", 3))}));
    BOOST_TEST(broken({ask(Ask{5}, "?")}));
    BOOST_TEST(broken({{StepKind{0}, {}, {}, ""}}));
    BOOST_TEST(broken({{StepKind{6}, {}, {}, ""}}));
    BOOST_TEST(broken({ask(Ask::password, "Password: "), info("late")}));
    BOOST_TEST(broken({verdict(Verdict::success), verdict(Verdict::success)}));
    BOOST_TEST(broken({verdict(Verdict::success), ask(Ask::code, "?")}));
    BOOST_TEST(broken({ask(Ask::code, "?"), verdict(Verdict::success)}));
    BOOST_TEST(broken(std::vector<Step>(max_prompts + 1, ask(Ask::code, "?"))));
    BOOST_TEST(broken(std::vector<Step>(max_steps + 1, info(""))));
    BOOST_TEST(!broken(std::vector<Step>(max_steps, info(""))));
    BOOST_TEST(broken(std::vector<Step>(16, info(std::string(max_step_text, 'x')))));  // more than a frame
    BOOST_TEST(!broken(std::vector<Step>(15, info(std::string(max_step_text, 'x')))));
}

BOOST_AUTO_TEST_CASE(one_kind_of_message_is_never_read_as_another) {
    const auto start = encoded(full_start()), answer = encoded(Answer{1, 0, 1, {"x"}});
    const auto steps = encoded(Steps{1, 0, {}, {}}, {verdict(Verdict::success)});
    BOOST_TEST((!decode_answer(start) && !decode_steps(start)));
    BOOST_TEST((!decode_start(answer) && !decode_steps(answer)));
    BOOST_TEST((!decode_start(steps) && !decode_answer(steps)));
}

// What is decoded obeys the limits, so that whoever reads it need not check again.
BOOST_AUTO_TEST_CASE(no_flipped_byte_and_no_truncation_gets_past_the_limits) {
    const auto check = [](const std::string& bytes) {
        if (const auto start = decode_start(bytes))
            BOOST_TEST((!start->user.empty() && start->user.size() <= max_name &&
                        start->token.size() <= token_size));
        if (const auto answer = decode_answer(bytes)) {
            BOOST_TEST((answer->count > 0 && answer->count <= max_prompts));
            for (const auto text : answer->texts) BOOST_TEST(text.size() <= max_answer);
        }
        if (const auto steps = decode_steps(bytes)) {
            std::size_t count = 0;
            for (const Step& step : steps->list) {
                BOOST_TEST(step.text.size() <= max_step_text);
                BOOST_TEST(static_cast<unsigned>(step.verdict) < verdict_count);
                ++count;
            }
            BOOST_TEST((count > 0 && count <= max_steps));
        }
    };
    for (const std::string& good :
         {encoded(full_start()), encoded(Answer{1, 2, 2, {"secret", "123456"}}),
          encoded(Steps{1, 0, token, {}},
                  {info("hello"), ask(Ask::password, "Password: "), ask(Ask::code, "")})}) {
        for (std::size_t size = 0; size < good.size(); ++size) check(std::string(good, 0, size));
        for (std::size_t i = 0; i < good.size(); ++i)
            for (int bit = 0; bit < 8; ++bit) {
                std::string bad = good;
                bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
                check(bad);
            }
    }
}

BOOST_AUTO_TEST_SUITE_END()
