// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/account.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace std::chrono_literals;
using wire::Verdict;

namespace {

const Time now = from_unix(1'800'000'000);

User active() {
    User user;
    user.name = "alice";
    user.state = UserState::active;
    return user;
}

struct Case {
    const char* what;
    void (*change)(User&);
    Verdict verdict;
    const char* reason;
};

constexpr Case table[] = {
    {"active", [](User&) {}, Verdict::success, ""},
    {"pending", [](User& u) { u.state = UserState::pending; }, Verdict::perm_denied, "pending"},
    {"suspended", [](User& u) { u.state = UserState::suspended; }, Verdict::perm_denied, "suspended"},
    {"a suspension that ended, not yet resumed",
     [](User& u) {
         u.state = UserState::suspended;
         u.suspended_until = now - 1h;
     },
     Verdict::perm_denied, "suspended"},
    {"closed by itself",
     [](User& u) {
         u.state = UserState::suspended;
         u.state_reason = "self-closed";
     },
     Verdict::perm_denied, "self-closed"},
    {"not confined", [](User& u) { u.kind = UserKind::sftp; }, Verdict::perm_denied, "not-confined"},
    {"collides", [](User& u) { u.collides = true; }, Verdict::perm_denied, "collides"},
    {"expired", [](User& u) { u.expires = now; }, Verdict::acct_expired, "expired"},
    {"expires later", [](User& u) { u.expires = now + 1s; }, Verdict::success, ""},
    {"not yet", [](User& u) { u.not_before = now + 1s; }, Verdict::perm_denied, "not-yet"},
    {"from now on", [](User& u) { u.not_before = now; }, Verdict::success, ""},
    {"must change", [](User& u) { u.must_change = true; }, Verdict::new_authtok_reqd, "must-change"},
    {"last login in the future", [](User& u) { u.last_login = now + 24h; }, Verdict::success, ""},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(account)

BOOST_AUTO_TEST_CASE(each_state_has_its_verdict_and_reason) {
    for (const Case& row : table) {
        User user = active();
        row.change(user);
        const auto got = judge_account(user, {"sshd", {}, true}, {}, {}, false, true, now);
        BOOST_TEST((got.verdict == row.verdict), row.what);
        BOOST_TEST(to_text(got.reason) == row.reason, row.what);
    }
}

BOOST_AUTO_TEST_CASE(a_missing_code_refuses_whoever_vouched) {
    Demand demand;
    demand.code = true;
    const auto refused = judge_account(active(), {"sshd", {}, true}, {}, demand, false, true, now);
    BOOST_TEST((refused.verdict == Verdict::perm_denied));
    BOOST_TEST(to_text(refused.reason) == "mfa-missing");
    BOOST_TEST((judge_account(active(), {"sshd", {}, true}, {}, demand, true, true, now).verdict ==
                Verdict::success));
}

BOOST_AUTO_TEST_CASE(access_refuses_after_the_state_and_before_the_code) {
    Demand demand;
    demand.code = true;
    const Access closed{nullptr, Reason::outside_hours};
    auto got = judge_account(active(), {"sshd", {}, true}, closed, demand, false, true, now);
    BOOST_TEST((got.verdict == Verdict::perm_denied));
    BOOST_TEST(to_text(got.reason) == "outside-hours");
    User user = active();
    user.expires = now;
    got = judge_account(user, {"sshd", {}, true}, closed, demand, false, true, now);
    BOOST_TEST(to_text(got.reason) == "expired");
}

BOOST_AUTO_TEST_CASE(must_change_speaks_only_where_somebody_can_answer) {
    User user = active();
    user.must_change = true;
    for (const auto* service : {"cron", "atd", "systemd-user", "runuser", "su"})
        BOOST_TEST(
            (judge_account(user, {service, {}, true}, {}, {}, false, true, now).verdict == Verdict::success));
    BOOST_TEST(
        (judge_account(user, {"sshd", {}, true}, {}, {}, false, false, now).verdict == Verdict::success));
}

BOOST_AUTO_TEST_CASE(states_refuse_everywhere) {
    for (const auto* service : {"cron", "atd", "systemd-user", "runuser", "su"}) {
        User user = active();
        user.state = UserState::suspended;
        BOOST_TEST((judge_account(user, {service, {}, true}, {}, {}, false, true, now).verdict ==
                    Verdict::perm_denied));
        user = active();
        user.kind = UserKind::sftp;
        BOOST_TEST((judge_account(user, {service, {}, true}, {}, {}, false, true, now).verdict ==
                    Verdict::perm_denied));
        user = active();
        user.expires = now;
        BOOST_TEST((judge_account(user, {service, {}, true}, {}, {}, false, true, now).verdict ==
                    Verdict::acct_expired));
    }
}

BOOST_AUTO_TEST_SUITE_END()
