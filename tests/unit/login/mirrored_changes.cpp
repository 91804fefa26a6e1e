// SPDX-License-Identifier: LGPL-2.1-or-later
// A password that a directory server keeps is changed.
#include <algorithm>

#include "tests/unit/login/mirrored.h"

using namespace userd;
using namespace userd::test;
using wire::LdapAnswer;
using wire::Phase;
using wire::Verdict;

namespace {

LoginStart change(std::uint32_t flag, std::uint32_t uid = 200003) {
    auto start = start_of(Phase::change_password, "carol", "passwd");
    start.flags = flag;
    start.uid = uid;
    start.rhost.clear();
    return start;
}

constexpr const char* fresh = "staple gun and paper clip";

Result<Secret> set(Mirrored& world, const Actor& actor, NewPassword request) {
    std::optional<Result<Secret>> got;
    world.credentials.set_password(actor, carol, std::move(request),
                                   [&](Result<Secret> result) { got.emplace(std::move(result)); });
    world.run_until([&] { return got.has_value(); });
    return std::move(*got);
}

NewPassword from_to(const char* old, const char* fresh_one) {
    NewPassword request;
    request.old.emplace(std::string_view(old));
    request.password = Secret(std::string_view(fresh_one));
    return request;
}

const Actor herself{200003, "carol", "bus", carol};

const Actor root{0, "root", "bus", {}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mirrored_changes, Mirrored)

BOOST_AUTO_TEST_CASE(a_password_that_must_be_changed_leads_into_the_change) {
    server.what_it_says.answer = LdapAnswer::must_change;
    Talk talk(*this, authenticate("carol"), {carol_password, ""});
    run_until([&] { return talk.done(); });
    BOOST_TEST(talk.verdict() == Verdict::success);
    auto account = [&] { return verdict_of(*this, start_of(Phase::account, "carol"), {}); };
    BOOST_TEST(account() == Verdict::new_authtok_reqd);
    BOOST_TEST(last_reason() == "must-change");
    const auto expired = wire::flag_expired_only;
    Talk prelim(*this, change(wire::flag_prelim | expired, 0), {carol_password});
    run_until([&] { return prelim.done(); });
    BOOST_TEST(prelim.verdict() == Verdict::success);
    auto update = change(wire::flag_update | expired, 0);
    update.token = prelim.take_token();
    BOOST_TEST(verdict_of(*this, std::move(update), {fresh, fresh}) == Verdict::success);
    BOOST_TEST(server.password == fresh);
    BOOST_TEST(account() == Verdict::success);
    server.is_away = true;
    BOOST_TEST(comes(fresh) == Verdict::success);  // the change kept it
    BOOST_TEST(comes() == Verdict::auth_err);
}

BOOST_AUTO_TEST_CASE(who_changed_it_elsewhere_need_not_do_so_again) {
    server.what_it_says.answer = LdapAnswer::must_change;
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST(record().must_change);
    server.what_it_says.answer = LdapAnswer::ok;
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST(!record().must_change);
}

BOOST_AUTO_TEST_CASE(the_servers_refusal_of_a_new_password_is_told_and_changes_nothing) {
    Talk prelim(*this, change(wire::flag_prelim), {carol_password});
    run_until([&] { return prelim.done(); });
    auto update = change(wire::flag_update);
    update.token = prelim.take_token();
    server.of_a_change = {LdapAnswer::refused, "Password fails quality\x1b[2J checking", {}, 0};
    Talk talk(*this, std::move(update), {fresh, fresh, "carol", "carol", "short", "short"});
    run_until([&] { return talk.done(); });
    BOOST_TEST(talk.verdict() == Verdict::maxtries);
    const auto says = [&](const char* text) {
        return std::any_of(talk.heard().begin(), talk.heard().end(),
                           [&](const auto& line) { return line.find(text) != std::string::npos; });
    };
    BOOST_TEST(says("Refused: the directory server says: Password fails quality\\x1b[2J checking."));
    BOOST_TEST(server.changes == 1);  // what is too short for anybody does not go out
    BOOST_TEST(server.password == carol_password);
}

BOOST_AUTO_TEST_CASE(a_change_takes_the_old_password_and_the_server) {
    Talk root_for_her(*this, change(wire::flag_prelim, 0), {});
    run_until([&] { return root_for_her.done(); });
    BOOST_TEST(root_for_her.verdict() == Verdict::authtok_err);
    BOOST_TEST(
        root_for_her.heard().back().starts_with("The password of carol is kept by the directory server"));
    BOOST_TEST(verdict_of(*this, change(wire::flag_update, 0), {}) == Verdict::authtok_err);
    BOOST_TEST(verdict_of(*this, change(wire::flag_update), {}) == Verdict::auth_err);
    BOOST_TEST(verdict_of(*this, change(wire::flag_prelim), {"a", "b", "c"}) == Verdict::maxtries);
    BOOST_TEST(comes() == Verdict::success);
    settle();
    server.is_away = true;  // what is kept here is no proof to change anything there
    BOOST_TEST(verdict_of(*this, change(wire::flag_prelim), {carol_password}) == Verdict::authinfo_unavail);
    server.is_away = false;
    Talk prelim(*this, change(wire::flag_prelim), {carol_password});
    run_until([&] { return prelim.done(); });
    auto update = change(wire::flag_update);
    update.token = prelim.take_token();
    server.is_away = true;
    BOOST_TEST(verdict_of(*this, std::move(update), {fresh, fresh}) == Verdict::authinfo_unavail);
    BOOST_TEST(server.password == carol_password);
}

BOOST_AUTO_TEST_CASE(she_changes_it_over_the_bus_and_nobody_else_does) {
    BOOST_TEST(code_of(set(*this, herself, from_to("not the old one", fresh))) == Errc::denied);
    BOOST_TEST(must(store->tickets().find(carol, "local")).failures == 1U);
    BOOST_TEST(must(set(*this, herself, from_to(carol_password, fresh))).empty());
    BOOST_TEST(server.password == fresh);
    BOOST_TEST(must(store->audit().list({}, 1))[0].action == "password.set");
    server.is_away = true;
    BOOST_TEST(code_of(set(*this, herself, from_to(fresh, carol_password))) == Errc::unavailable);
    server.is_away = false;
    NewPassword dry = from_to(fresh, carol_password);
    dry.dry_run = true;
    BOOST_TEST(must(set(*this, herself, std::move(dry))).empty());
    BOOST_TEST(server.password == fresh);
    NewPassword generated;
    generated.generate = true;
    generated.old.emplace(std::string_view(fresh));
    BOOST_TEST(code_of(set(*this, herself, std::move(generated))) == Errc::read_only_source);
    NewPassword of_root;
    of_root.password = Secret(std::string_view(carol_password));
    const auto refused = set(*this, root, std::move(of_root));
    BOOST_TEST(code_of(refused) == Errc::read_only_source);
    BOOST_TEST(refused.error().hint.find("userctl user passwd") != std::string::npos);
    BOOST_TEST(code_of(credentials.put_password(root, carol, {"$argon2id$", false, {}, false})) ==
               Errc::read_only_source);
    BOOST_TEST(code_of(credentials.remove_password(root, carol)) == Errc::read_only_source);
    BOOST_TEST(server.password == fresh);
}

BOOST_AUTO_TEST_SUITE_END()
