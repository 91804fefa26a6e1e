// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/passwords.h"

#include <ldap.h>

#include <boost/test/unit_test.hpp>

using namespace userd;
using ldap::PolicyWords;
using wire::LdapAnswer;

namespace {

LdapAnswer answer(int code, const PolicyWords& words = {}, std::string_view text = {}) {
    return ldap::verdict_of_bind(code, words, text).answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ldap_passwords)

BOOST_AUTO_TEST_CASE(a_result_is_a_verdict) {
    BOOST_TEST((answer(LDAP_SUCCESS) == LdapAnswer::ok));
    BOOST_TEST((answer(LDAP_INVALID_CREDENTIALS) == LdapAnswer::invalid));
    BOOST_TEST((answer(LDAP_NO_SUCH_OBJECT) == LdapAnswer::invalid));
    BOOST_TEST((answer(LDAP_INAPPROPRIATE_AUTH) == LdapAnswer::invalid));
    BOOST_TEST((answer(LDAP_UNWILLING_TO_PERFORM) == LdapAnswer::disabled));
    BOOST_TEST((answer(LDAP_OPERATIONS_ERROR) == LdapAnswer::unreachable));
}

BOOST_AUTO_TEST_CASE(the_policy_says_why_and_how_long) {
    BOOST_TEST((answer(LDAP_INVALID_CREDENTIALS, {.error = PP_accountLocked}) == LdapAnswer::locked));
    BOOST_TEST((answer(LDAP_INVALID_CREDENTIALS, {.error = PP_passwordExpired}) == LdapAnswer::expired));
    BOOST_TEST((answer(LDAP_SUCCESS, {.error = PP_changeAfterReset}) == LdapAnswer::must_change));
    const auto expiring = ldap::verdict_of_bind(LDAP_SUCCESS, {.expires_in = 3600}, {});
    BOOST_TEST((expiring.answer == LdapAnswer::ok));
    BOOST_TEST(expiring.expires_in == 3600u);
    const auto grace =
        ldap::verdict_of_bind(LDAP_SUCCESS, {.error = PP_passwordExpired, .grace_logins = 2}, {});
    BOOST_TEST((grace.answer == LdapAnswer::ok));
    BOOST_TEST(grace.grace_logins == 2u);
}

BOOST_AUTO_TEST_CASE(active_directory_says_it_in_its_text) {
    const auto told = [](const char* data) {
        return answer(
            LDAP_INVALID_CREDENTIALS, {},
            std::string("80090308: LdapErr: DSID-0C090400, comment: AcceptSecurityContext error, data ") +
                data + ", v4563");
    };
    BOOST_TEST((told("52e") == LdapAnswer::invalid));
    BOOST_TEST((told("532") == LdapAnswer::expired));
    BOOST_TEST((told("533") == LdapAnswer::disabled));
    BOOST_TEST((told("773") == LdapAnswer::must_change));
    BOOST_TEST((told("775") == LdapAnswer::locked));
}

BOOST_AUTO_TEST_CASE(active_directory_takes_a_new_password_in_quotes_and_utf_16) {
    using namespace std::string_view_literals;
    BOOST_TEST(ldap::unicode_password(Secret("aé")).text() == "\"\0a\0\xE9\0\"\0"sv);
    BOOST_TEST(ldap::unicode_password(Secret("€")).text() == "\"\0\xAC\x20\"\0"sv);
    BOOST_TEST(ldap::unicode_password(Secret("😀")).text() == "\"\0\x3D\xD8\x00\xDE\"\0"sv);
    BOOST_TEST(ldap::unicode_password(Secret("\xFF")).empty());
}

BOOST_AUTO_TEST_CASE(an_empty_password_never_leaves) {
    LdapSource source;
    source.uris = {"ldapi:///nonexistent"};
    auto servers = ldap::Servers::of(source).value();
    ldap::Overseer overseer;
    const auto post = overseer.enlist("a test");
    ldap::Passwords passwords(source, servers);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    BOOST_TEST((passwords.check("uid=a,dc=b", Secret(), until, *post).answer == LdapAnswer::invalid));
    BOOST_TEST((passwords.check("", Secret("x"), until, *post).answer == LdapAnswer::invalid));
    BOOST_TEST(
        (passwords.change("uid=a,dc=b", Secret("x"), Secret(), until, *post).answer == LdapAnswer::invalid));
    BOOST_TEST((passwords.check("uid=a,dc=b", Secret("x"), until, *post).answer == LdapAnswer::unreachable));
}

BOOST_AUTO_TEST_CASE(a_change_that_is_refused_comes_with_the_servers_words) {
    const auto told = ldap::verdict_of_change(LDAP_CONSTRAINT_VIOLATION, {.error = PP_passwordInHistory}, {});
    BOOST_TEST((told.answer == LdapAnswer::refused));
    BOOST_TEST(told.text == "New password is in list of old passwords");
    BOOST_TEST(ldap::verdict_of_change(LDAP_CONSTRAINT_VIOLATION, {}, "too weak").text == "too weak");
}

BOOST_AUTO_TEST_SUITE_END()
