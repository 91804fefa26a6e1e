// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/pam_rules.h"

#include "tests/unit/ctl/doctor/support.h"

using namespace userd::ctl;

namespace {

// What pam-auth-update makes of the shipped profiles on Debian.
const std::string localuser = "[success=1 default=ignore] pam_localuser.so\n";
const std::string ours = "[success=2 user_unknown=ignore default=die] pam_userd.so\n";
const std::string rest = "requisite pam_deny.so\nrequired pam_permit.so\noptional pam_cap.so\n";
const std::string unix_auth = "[success=1 default=ignore] pam_unix.so nullok try_first_pass\n";
const std::string shipped = localuser + ours + unix_auth + rest;
const std::string shipped_account =
    localuser + ours + "[success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n" + rest;
const std::string shipped_password = "[success=3 default=ignore] pam_unix.so obscure yescrypt\n" + localuser +
                                     "[success=1 user_unknown=ignore default=die] pam_userd.so\nrequisite "
                                     "pam_deny.so\nrequired pam_permit.so\n";
const std::string shipped_session =
    "[default=1] pam_permit.so\nrequisite pam_deny.so\nrequired pam_permit.so\n" + localuser +
    "optional pam_userd.so\nrequired pam_unix.so\noptional pam_systemd.so\n";

PamStack stack(const std::string& lines, std::string_view type = "auth", const char* file = "common-auth") {
    std::string text;
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = lines.find('\n', at);
        text += std::string(type) + " " + lines.substr(at, end + 1 - at);
        at = end + 1;
    }
    const auto read = read_pam_stack(
        [&](const std::string& name) -> std::optional<std::string> {
            return name == file ? std::optional(text) : std::nullopt;
        },
        file, type);
    BOOST_REQUIRE(read);
    return *read;
}

std::string judged(const std::string& lines, std::string_view type = "auth") {
    return said(judge_pam_stack(stack(lines, type), type, "mend it"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor_pam_rules)

BOOST_AUTO_TEST_CASE(the_shipped_stacks_are_right) {
    BOOST_TEST(judged(shipped) == "right");
    BOOST_TEST(judged(shipped_account, "account") == "right");
    BOOST_TEST(judged(shipped_password, "password") == "right");
    BOOST_TEST(said(judge_pam_session(stack(shipped_session, "session"), "mend it")) == "right");
}

BOOST_AUTO_TEST_CASE(other_modules_around_them_change_nothing) {
    for (const char* before :
         {"required pam_env.so\n", "optional pam_faildelay.so\n", "sufficient pam_rootok.so\n",
          "requisite pam_nologin.so\n",
          "[success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close\n",
          "[success=1 default=ignore] pam_succeed_if.so quiet service in crond\n",
          "required pam_faillock.so preauth\n"})
        BOOST_TEST(judged(before + shipped) == "right", before);
    BOOST_TEST(judged(localuser + "[success=3 user_unknown=ignore default=die] pam_userd.so\n" +
                      "[success=2 default=ignore] pam_unix.so nullok\n"
                      "[success=1 user_unknown=ignore default=die] pam_sss.so use_first_pass\n" +
                      rest) == "right");
    // Written by hand, without jumps over the end.
    BOOST_TEST(judged("sufficient pam_unix.so\n[success=done user_unknown=ignore default=die] pam_userd.so\n"
                      "required pam_deny.so\n") == "right");
    BOOST_TEST(judged("requisite pam_pwquality.so retry=3\n"
                      "[success=3 default=ignore] pam_unix.so use_authtok\n" +
                          shipped_password.substr(shipped_password.find('\n') + 1),
                      "password") == "right");
}

BOOST_AUTO_TEST_CASE(a_stack_that_leaves_userd_out_is_found) {
    BOOST_TEST(judged(unix_auth + rest) == "auth does not ask userd | mend it");
    BOOST_TEST(
        judged("requisite pam_deny.so\n" + shipped) ==
        "auth does not come as far as userd: it ends at pam_deny.so (/etc/pam.d/common-auth:1) | mend it");
    // pam_unix before it, as a requisite.
    BOOST_TEST(judged("requisite pam_unix.so\n" + localuser + ours + rest)
                   .starts_with("auth does not come as far as userd: it ends at pam_unix.so"));
}

BOOST_AUTO_TEST_CASE(lines_in_another_order_are_found) {
    // A jump hits pam_deny when a line behind it is gone, or counts one too few.
    BOOST_TEST(judged(localuser + ours + rest).starts_with("auth refuses local users, root among them"));
    BOOST_TEST(
        judged(localuser + "[success=1 user_unknown=ignore default=die] pam_userd.so\n" + unix_auth + rest)
            .starts_with("auth refuses whom userd lets in: it ends at pam_deny.so"));
    // pam_localuser's jump passes over another line than userd's.
    BOOST_TEST(
        judged("[success=3 user_unknown=ignore default=die] pam_userd.so\n" + localuser + unix_auth + rest)
            .starts_with("auth refuses local users, root among them, while userd is down"));
    BOOST_TEST(judged(ours + unix_auth + rest)
                   .starts_with("auth refuses local users, root among them, while userd is down"));
}

BOOST_AUTO_TEST_CASE(controls_that_let_the_wrong_ones_in_or_out_are_found) {
    BOOST_TEST(
        judged(localuser + "[success=2 default=ignore] pam_userd.so\nsufficient pam_permit.so\n" + rest)
            .starts_with("auth lets in whom userd refuses"));
    BOOST_TEST(
        judged(localuser +
               "[success=2 authinfo_unavail=ignore user_unknown=ignore default=die] "
               "pam_userd.so\nrequired pam_permit.so\nrequired pam_permit.so\nrequired pam_permit.so\n")
            .starts_with("auth lets in whom userd cannot judge"));
    BOOST_TEST(judged(localuser + "[success=2 default=die] pam_userd.so\n" + unix_auth + rest)
                   .starts_with("auth refuses users of other sources"));
}

// pam_unix knows nothing of a suspension.
BOOST_AUTO_TEST_CASE(userd_has_the_last_word_about_its_accounts) {
    BOOST_TEST(judged(localuser + "[success=2 default=ignore] pam_userd.so\n" + unix_auth + rest, "account")
                   .starts_with("account lets in whom userd refuses"));
    BOOST_TEST(judged("required pam_unix.so broken_shadow\n[success=done user_unknown=ignore default=bad] "
                      "pam_userd.so\n",
                      "account")
                   .starts_with("account refuses whom userd lets in"));
}

BOOST_AUTO_TEST_CASE(passwords_of_local_users_are_asked_for) {
    BOOST_TEST(judged(localuser +
                          "[success=2 user_unknown=ignore default=die] pam_userd.so\n"
                          "[success=1 default=ignore] pam_unix.so use_authtok\nrequisite pam_deny.so\n"
                          "required pam_permit.so\n",
                      "password")
                   .starts_with("userd comes before pam_unix"));
}

BOOST_AUTO_TEST_CASE(sessions_of_people_come_to_userd) {
    const std::string without = "required pam_permit.so\nrequired pam_unix.so\n";
    BOOST_TEST(said(judge_pam_session(stack(without, "session"), "mend it"))
                   .starts_with("userd is not told of sessions"));
    BOOST_TEST(said(judge_pam_session(stack(without, "session", "common-session-noninteractive"),
                                      "mend it")) == "not checked (no person sits at this service)");
    BOOST_TEST(
        said(judge_pam_session(stack("requisite pam_deny.so\n" + shipped_session, "session"), "mend it"))
            .starts_with("userd is not told of sessions"));
}

BOOST_AUTO_TEST_CASE(rivals_are_found_where_they_come_first) {
    BOOST_TEST(find_rival(stack(shipped)) == nullptr);
    BOOST_TEST(find_leftover(stack(shipped)) == nullptr);
    const PamStack behind = stack(localuser + ours + "sufficient pam_sss.so\n" + rest);
    BOOST_TEST(find_rival(behind) == nullptr);
    const PamStack before = stack("sufficient pam_sss.so\n" + shipped);
    BOOST_REQUIRE(find_rival(before));
    BOOST_TEST(find_rival(before)->where == "/etc/pam.d/common-auth:1");
    const PamStack codes = stack(shipped + "required pam_google_authenticator.so\n");
    BOOST_REQUIRE(find_leftover(codes));
    BOOST_TEST(judged("required pam_google_authenticator.so\n" + shipped) == "right");  // a check of its own
    // Local users alone come to it.
    BOOST_TEST(find_leftover(stack(
                   localuser + "[success=3 user_unknown=ignore default=die] pam_userd.so\n"
                               "[success=1 default=ignore] pam_unix.so\nrequisite pam_deny.so\n"
                               "required pam_google_authenticator.so\nrequired pam_permit.so\n")) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
