// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/credentials.h"

#include "daemon/login/blocklist.h"
#include "daemon/login/password_policy.h"
#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Verdict;

namespace {

const Actor root{0, "root", "bus", {}};
const Actor self{70002, "bob", "bus", bob};
constexpr const char* fresh = "staple gun and paper clip";

struct Fixture {
    World world;

    Result<Secret> set(const Actor& actor, NewPassword request) {
        std::optional<Result<Secret>> got;
        world.credentials.set_password(actor, bob, std::move(request),
                                       [&](Result<Secret> result) { got.emplace(std::move(result)); });
        world.run_until([&] { return got.has_value(); });
        return std::move(*got);
    }
    static NewPassword of(const char* text) {
        NewPassword request;
        request.password = Secret(std::string_view(text));
        return request;
    }
    bool logs_in(const std::string& password) {
        return verdict_of(world, authenticate("bob"), {password, ""}) == Verdict::success;
    }
    bool must_change() { return must(world.store->users().find(bob))->must_change; }
    // Enrols bob; the code that confirmed it is used up.
    std::vector<Secret> enrol(Secret& seed) {
        const auto enrolment = must(world.credentials.begin_totp(self, bob));
        seed = must(from_base32(enrolment.secret));
        return must(world.credentials.confirm_totp(self, bob, totp_code(seed, {}, step())));
    }
    std::int64_t step() { return to_unix(world.clock.now()) / 30; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(credentials, Fixture)

BOOST_AUTO_TEST_CASE(an_admin_sets_a_password_that_must_change) {
    BOOST_TEST(must(set(root, of(fresh))).empty());
    BOOST_TEST(must_change());
    BOOST_TEST(logs_in(fresh));
    BOOST_TEST(!logs_in(alice_password));
}

BOOST_AUTO_TEST_CASE(a_generated_password_is_handed_back_and_works) {
    NewPassword request;
    request.generate = true;
    request.must_change = false;
    const Secret made = must(set(root, std::move(request)));
    BOOST_TEST(made.size() >= 15);
    BOOST_TEST(!must_change());
    BOOST_TEST(logs_in(std::string(made.text())));
}

BOOST_AUTO_TEST_CASE(the_account_itself_proves_the_old_one) {
    NewPassword wrong = of(fresh);
    wrong.old = Secret("not it");
    BOOST_TEST(code_of(set(self, std::move(wrong))) == Errc::denied);
    BOOST_TEST(must(world.store->tickets().find(bob, "local")).failures == 1);
    NewPassword right = of(fresh);
    right.old = Secret(std::string_view(alice_password));
    must(set(self, std::move(right)));
    BOOST_TEST(!must_change());
    BOOST_TEST(logs_in(fresh));
}

BOOST_AUTO_TEST_CASE(a_refused_password_changes_nothing) {
    BOOST_TEST(code_of(set(root, of("short"))) == Errc::password_refused);
    BOOST_TEST(code_of(set(root, of("my name is bob, you see"))) == Errc::password_refused);
    BOOST_TEST(code_of(set(root, NewPassword{})) == Errc::invalid);
    NewPassword two = of(fresh);
    two.generate = true;
    BOOST_TEST(code_of(set(root, std::move(two))) == Errc::invalid);
    NewPassword hash;
    hash.hash = Secret("$1$salt$hash");
    BOOST_TEST(code_of(set(root, std::move(hash))) == Errc::invalid);
    BOOST_TEST(logs_in(alice_password));
}

BOOST_AUTO_TEST_CASE(without_its_blocklist_no_password_is_taken) {
    world.config.password.blocklist = "/etc/userd/blocklist";
    BOOST_TEST(code_of(set(root, of(fresh))) == Errc::unavailable);
    world.credentials.use_blocklist(fail(Errc::denied, "the blocklist could be written by others than root"));
    BOOST_TEST(code_of(set(root, of(fresh))) == Errc::denied);
    BOOST_TEST(logs_in(alice_password));
    world.credentials.use_blocklist(Blocklist::of_text(fresh));
    BOOST_TEST(code_of(set(root, of(fresh))) == Errc::password_refused);
    must(set(root, of("staple gun and paper clips")));
}

BOOST_AUTO_TEST_CASE(under_cis_the_last_24_do_not_come_back_and_only_the_account_hears_of_it) {
    world.config.password.policy = "cis";
    const auto nth = [](int i) { return fmt::format("Staple gun & {} clips", i + 10); };
    std::string now_is = alice_password;
    const auto change_to = [&](const std::string& next) {
        NewPassword request = of(next.c_str());
        request.old = Secret(now_is);
        world.clock.advance(1s);
        auto done = set(self, std::move(request));
        if (done) now_is = next;
        return done ? std::string() : done.error().message;
    };
    for (int i = 0; i < 25; ++i) BOOST_TEST(change_to(nth(i)) == "");
    BOOST_TEST(must(world.store->credentials().password_history(bob)).size() == 24);
    for (const int i : {1, 12, 23})
        BOOST_TEST(change_to(nth(i)) == "the password is one of the last 24 (policy cis, rule history)");
    BOOST_TEST(change_to(nth(24)) == "the new password is the old one (policy cis, rule current)");
    BOOST_TEST(change_to(nth(0)) == "");
    must(set(root, of(nth(20).c_str())));
    BOOST_TEST(logs_in(nth(20)));
    world.config.password.policy = "nist";
    must(set(root, of(fresh)));
    BOOST_TEST(must(world.store->credentials().password_history(bob)).empty());
}

BOOST_AUTO_TEST_CASE(the_history_keeps_what_was_hashed_here_in_the_order_of_setting) {
    world.config.password.policy = "cis";
    world.change_user(bob, [](User& user) { user.must_change = false; });
    must(set(root, of("Staple gun & 1 clip")));
    world.clock.set_wall(world.clock.now() - 1h);
    must(set(root, of("Staple gun & 2 clips")));
    NewPassword given;
    given.hash = Secret(must(hash_password(Secret("short"), world.hashes.cost)));
    must(set(root, std::move(given)));
    const auto history = must(world.store->credentials().password_history(bob));
    BOOST_REQUIRE(history.size() == 2);
    BOOST_TEST(must(verify_password(Secret("Staple gun & 2 clips"), history[0], world.hashes.cost)).right);
    BOOST_TEST(must(verify_password(Secret("Staple gun & 1 clip"), history[1], world.hashes.cost)).right);
}

BOOST_AUTO_TEST_CASE(a_generated_one_is_remembered_and_a_dry_run_is_not) {
    world.config.password.policy = "cis";
    NewPassword dry = of("Staple gun & 1 clip");
    dry.dry_run = true;
    must(set(root, std::move(dry)));
    BOOST_TEST(must(world.store->credentials().password_history(bob)).empty());
    NewPassword made;
    made.generate = true;
    must(set(root, std::move(made)));
    BOOST_TEST(must(world.store->credentials().password_history(bob)).size() == 1);
}

BOOST_AUTO_TEST_CASE(a_test_sets_nothing_and_tells_neither_the_password_in_use_nor_former_ones) {
    world.config.password.policy = "cis";
    must(set(root, of("Staple gun & 1 clip")));
    must(set(root, of("Staple gun & 2 clips")));
    const auto broken = [&](const char* text) {
        std::optional<Result<std::vector<RuleVerdict>>> got;
        world.credentials.test_password(
            bob, Secret(std::string_view(text)),
            [&](Result<std::vector<RuleVerdict>> result) { got.emplace(std::move(result)); });
        world.run_until([&] { return got.has_value(); });
        std::string rules;
        for (const auto& verdict : must(std::move(*got)))
            if (!verdict.kept) rules += std::string(verdict.rule) + " ";
        return rules;
    };
    BOOST_TEST(broken("Staple gun & 1 clip") == "");
    BOOST_TEST(broken("Staple gun & 2 clips") == "");
    BOOST_TEST(broken("bob") == "length own-name classes strength ");
    BOOST_TEST(logs_in("Staple gun & 2 clips"));
    BOOST_TEST(must(world.store->credentials().password_history(bob)).size() == 2);
}

BOOST_AUTO_TEST_CASE(what_holds_for_an_account_is_told) {
    auto fields = must(world.credentials.password_policy(bob));
    BOOST_TEST(std::get<std::int64_t>(fields.at("min_length")) == 15);
    BOOST_TEST(fields.count("change_due") == 0U);
    world.change_user(bob, [](User& user) { user.mfa = MfaPolicy::required; });
    fields = must(world.credentials.password_policy(bob));
    BOOST_TEST(std::get<std::int64_t>(fields.at("min_length")) == 8);
    BOOST_TEST(!std::get<bool>(fields.at("must_change")));
    world.config.password.policy = "cis";
    world.clock.set_wall(world.clock.now() + 24h * 366);
    fields = must(world.credentials.password_policy(bob));
    BOOST_TEST(std::get<std::int64_t>(fields.at("min_length")) == 14);
    BOOST_TEST(std::get<std::int64_t>(fields.at("change_due")) == to_unix(world.clock.now()) - 24 * 3600);
    BOOST_TEST(std::get<bool>(fields.at("must_change")));
}

BOOST_AUTO_TEST_CASE(a_second_factor_allows_eight_characters) {
    BOOST_TEST(code_of(set(root, of("tw3lve-chars"))) == Errc::password_refused);
    world.change_user(bob, [](User& user) { user.mfa = MfaPolicy::required; });
    must(set(root, of("tw3lve-chars")));
}

BOOST_AUTO_TEST_CASE(a_right_code_enrols_and_hands_out_recovery_codes) {
    Secret seed;
    const auto codes = enrol(seed);
    BOOST_TEST(codes.size() == 8);
    BOOST_TEST(seed.size() == totp_secret_size);
    const std::string used(totp_code(seed, {}, step()).text());
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, used}) == Verdict::auth_err);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, std::string(codes[0].text())}) ==
               Verdict::success);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, std::string(codes[0].text())}) ==
               Verdict::auth_err);
    const Fields status = must(world.credentials.mfa_status(bob));
    BOOST_TEST(std::get<std::int64_t>(status.at("recovery_left")) == 7);
    BOOST_TEST(std::get<bool>(status.at("enrolled")));
    BOOST_TEST(code_of(world.credentials.begin_totp(self, bob)) == Errc::policy_violation);
}

BOOST_AUTO_TEST_CASE(the_third_wrong_code_voids_the_key) {
    must(world.credentials.begin_totp(self, bob));
    BOOST_TEST(code_of(world.credentials.confirm_totp(self, bob, Secret("000000"))) == Errc::bad_code);
    BOOST_TEST(code_of(world.credentials.confirm_totp(self, bob, Secret("000000"))) == Errc::bad_code);
    BOOST_TEST(code_of(world.credentials.confirm_totp(self, bob, Secret("000000"))) == Errc::too_many_tries);
    BOOST_TEST(code_of(world.credentials.confirm_totp(self, bob, Secret("000000"))) ==
               Errc::policy_violation);
}

BOOST_AUTO_TEST_CASE(disabling_needs_a_code_and_counts_wrong_ones) {
    Secret seed;
    enrol(seed);
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(code_of(world.credentials.disable_totp(self, bob, Secret("000000"))) == Errc::bad_code);
    world.clock.advance(30s);
    must(world.credentials.disable_totp(self, bob, totp_code(seed, {}, step())));
    BOOST_TEST(logs_in(alice_password));
}

BOOST_AUTO_TEST_CASE(five_wrong_codes_lock_and_unlock_opens) {
    Secret seed;
    enrol(seed);
    for (int i = 0; i < 5; ++i) (void)world.credentials.regenerate_recovery(self, bob, Secret("000000"));
    world.clock.advance(30s);
    BOOST_TEST(code_of(world.credentials.regenerate_recovery(self, bob, totp_code(seed, {}, step()))) ==
               Errc::too_many_tries);
    BOOST_TEST(must(world.credentials.record(bob)).contains("locked_until"));
    std::vector<std::string> denied;  // each has its row in the trail
    for (const auto& entry : must(world.store->audit().list({}, 100)))
        if (entry.action == "mfa.recovery.denied") denied.insert(denied.begin(), entry.reason);
    BOOST_TEST(denied == (std::vector<std::string>{"bad-code", "bad-code", "bad-code", "bad-code", "bad-code",
                                                   "locked-out"}),
               boost::test_tools::per_element());
    BOOST_TEST(must(world.credentials.unlock(root, bob)));
    BOOST_TEST(!must(world.credentials.unlock(root, bob)));
    BOOST_TEST(must(world.credentials.regenerate_recovery(self, bob, totp_code(seed, {}, step()))).size() ==
               8);
}

BOOST_AUTO_TEST_CASE(reset_takes_the_factor_away_and_opens_enrolment) {
    Secret seed;
    enrol(seed);
    must(world.credentials.reset_mfa(root, bob, 24h));
    BOOST_TEST((must(world.store->users().find(bob))->enrol_until == world.clock.now() + 24h));
    BOOST_TEST(!std::get<bool>(must(world.credentials.mfa_status(bob)).at("enrolled")));
}

BOOST_AUTO_TEST_CASE(keys_are_added_once_and_told_to_listeners) {
    std::vector<ObjectId> told;
    world.credentials.on_change([&](ObjectId id) { told.push_back(id); });
    const std::string line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh bob";
    const auto fingerprint = must(world.credentials.add_ssh_key(self, bob, line, {{"from", "10.0.0.0/8"}}));
    BOOST_TEST(code_of(world.credentials.add_ssh_key(self, bob, line, {})) == Errc::exists);
    BOOST_TEST(code_of(world.credentials.add_ssh_key(self, bob, line, {{"form", "x"}})) == Errc::invalid);
    const auto keys = must(world.credentials.list_ssh_keys(bob));
    BOOST_REQUIRE(keys.size() == 1);
    BOOST_TEST(std::get<std::string>(keys[0].at("from")) == "10.0.0.0/8");
    BOOST_TEST(must(world.credentials.list_all_ssh_keys(0, 10)).size() == 1);
    BOOST_TEST(must(world.credentials.list_all_ssh_keys(1, 10)).empty());
    BOOST_TEST(must(world.credentials.count_ssh_keys()) == 1U);

    auto session = start_of(wire::Phase::open_session, "bob");
    session.ssh_auth_info = "publickey " + line.substr(0, line.rfind(' ')) + "\n";
    BOOST_TEST(verdict_of(world, std::move(session), {}) == Verdict::success);
    world.run_until([&] { return must(world.credentials.list_ssh_keys(bob))[0].contains("last_used"); });

    BOOST_TEST(must(world.credentials.remove_ssh_key(self, bob, fingerprint)));
    BOOST_TEST(!must(world.credentials.remove_ssh_key(self, bob, fingerprint)));
    BOOST_TEST(told.size() == 2);
}

BOOST_AUTO_TEST_CASE(inside_a_joint_change_nothing_is_kept_or_told_before_the_whole) {
    int told = 0;
    world.credentials.on_change([&](ObjectId) { ++told; });
    const std::string line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh bob";
    {
        const auto whole = must(world.store->begin_joint());
        must(world.credentials.add_ssh_key(self, bob, line, {}));
        BOOST_TEST(whole.has_parts());
    }
    BOOST_TEST(must(world.credentials.list_ssh_keys(bob)).empty());
    auto whole = must(world.store->begin_joint());
    must(world.credentials.add_ssh_key(self, bob, line, {}));
    BOOST_TEST(told == 0);
    must(whole.commit());
    world.store->tell();
    BOOST_TEST(told == 1);
    BOOST_TEST(must(world.credentials.list_ssh_keys(bob)).size() == 1);
}

BOOST_AUTO_TEST_CASE(a_dry_run_checks_all_and_leaves_nothing) {
    const ChangeOptions dry{.dry_run = true};
    const std::string line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh bob";
    std::vector<ObjectId> told;
    world.credentials.on_change([&](ObjectId id) { told.push_back(id); });

    NewPassword short_one = of("short"), generated;
    short_one.dry_run = generated.dry_run = generated.generate = true;
    BOOST_TEST(code_of(set(root, std::move(short_one))) == Errc::password_refused);
    BOOST_TEST(must(set(root, std::move(generated))).empty());
    BOOST_TEST(logs_in(alice_password));

    BOOST_TEST(must(world.credentials.add_ssh_key(self, bob, line, {}, dry)).starts_with("SHA256:"));
    BOOST_TEST(must(world.credentials.list_ssh_keys(bob)).empty());
    BOOST_TEST(must(world.credentials.create_temporary_code(root, bob, 1h, dry)).empty());
    BOOST_TEST(must(world.credentials.begin_totp(self, bob, dry)).secret.empty());
    BOOST_TEST(code_of(world.credentials.confirm_totp(self, bob, Secret("000000"))) ==
               Errc::policy_violation);

    Secret seed;
    enrol(seed);
    told.clear();
    world.clock.advance(30s);
    must(world.credentials.disable_totp(self, bob, totp_code(seed, {}, step()), dry));
    BOOST_TEST(
        must(world.credentials.regenerate_recovery(self, bob, totp_code(seed, {}, step()), dry)).empty());
    must(world.credentials.reset_mfa(root, bob, 24h, dry));
    BOOST_TEST(std::get<bool>(must(world.credentials.mfa_status(bob)).at("enrolled")));
    BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(a_dry_run_tells_no_code_from_another) {
    const ChangeOptions dry{.dry_run = true};
    const auto answers = [&](const Secret& right) {
        for (int i = 0; i < 10; ++i) {
            const Secret code = i % 2 == 0 ? Secret("000000") : Secret(right.text());
            must(world.credentials.disable_totp(self, bob, Secret(code.text()), dry));
            must(world.credentials.regenerate_recovery(self, bob, Secret(code.text()), dry));
        }
    };
    const auto begun = must(world.credentials.begin_totp(self, bob));
    for (int i = 0; i < 5; ++i)
        BOOST_TEST(must(world.credentials.confirm_totp(self, bob, Secret("000000"), dry)).empty());
    Secret seed;
    enrol(seed);
    world.clock.advance(30s);
    const Secret code = totp_code(seed, {}, step());
    answers(code);
    must(world.credentials.disable_totp(self, bob, Secret(code.text())));  // neither used up nor locked
}

BOOST_AUTO_TEST_CASE(an_authenticator_that_has_a_key_keeps_it) {
    const Secret seed = Secret::random(20);
    BOOST_TEST(code_of(world.credentials.begin_totp(self, bob, {}, Secret(std::string_view("GEZDGNBV")))) ==
               Errc::invalid);
    BOOST_TEST(code_of(world.credentials.begin_totp(
                   self, bob, {}, Secret(std::string_view("not base 32")))) == Errc::invalid);
    const auto enrolment = must(world.credentials.begin_totp(self, bob, {}, to_base32(seed)));
    BOOST_TEST((enrolment.secret.text() == to_base32(seed).text()));
    must(world.credentials.confirm_totp(self, bob, totp_code(seed, {}, step())));
    BOOST_TEST(must(world.credentials.needs_step_up(bob)));  // it has codes now
}

BOOST_AUTO_TEST_SUITE_END()
