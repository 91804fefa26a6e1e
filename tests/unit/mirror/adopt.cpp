// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/text.h"
#include "daemon/store/adoptions.h"
#include "daemon/store/credentials.h"
#include "tests/unit/mirror/support.h"

using namespace userd;
using namespace userd::test;

namespace {

const std::string argon2 = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA";

struct Grown : MirrorFixture {
    Grown() {
        corp().id_ranges = {{70000, 79999}};
        must(store->credentials().use_key(store::SealingKey::random()));
    }
    void local_user(std::string_view name, std::int64_t uid, Fields fields = {}) {
        fields["uid"] = uid;
        create(name, fields);
    }
    void local_group(std::string_view name, std::int64_t gid) {
        must(directory.create_group(root, name, {{"gid", gid}}, {}));
    }
    void set_password(std::string_view name, std::string_view hash) {
        auto change = must(store->begin());
        must(store->credentials().put_password(id_of(name), hash, clock.now()));
        must(store->credentials().remember_password(id_of(name), hash, 3, clock.now()));
        must(change.commit());
    }
    Mirror::Adopted adopt(const Names& users = {}, bool dry_run = false) {
        ChangeOptions options;
        options.dry_run = dry_run;
        return must(mirror->adopt(root, "corp", users, options));
    }
    // "name:deed" in their order.
    static std::string told(const Mirror::Adopted& adopted) {
        std::string all;
        for (const auto& row : adopted.page.rows)
            all += fmt::format("{}{}:{}", all.empty() ? "" : " ", text_of(row, "name"), text_of(row, "deed"));
        return all;
    }
    // Named, each is an error and changes nothing; else it is told, and stays.
    void stays(const std::string& name, std::string_view why) {
        const auto before = store->generation();
        const auto named = mirror->adopt(root, "corp", {name}, {});
        BOOST_REQUIRE_MESSAGE(!named, name);
        BOOST_TEST(named.error().message.find(why) != std::string::npos, named.error().message);
        BOOST_TEST(store->generation() == before);
        const auto trial = adopt({name}, true);
        BOOST_TEST(told(trial) == name + ":refused");
        BOOST_TEST(store->generation() == before);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(adopt, Grown)

BOOST_AUTO_TEST_CASE(a_user_of_the_host_becomes_the_servers_with_all_that_is_the_hosts) {
    local_group("ops", 70900);
    local_user("alice", 70001,
               {{"groups", Names{"ops"}},
                {"local_groups", Names{"sudo"}},
                {"tags", Names{"oncall"}},
                {"set", std::string("team")}});
    set_password("alice", argon2);
    const auto id = id_of("alice");
    auto& credentials = store->credentials();
    {
        auto change = must(store->begin());
        must(credentials.put_totp(id, Secret("a key of twenty byte"), {}, 4711, clock.now()));
        must(credentials.add_code(id, store::CodeKind::recovery, Secret("code"), {}, clock.now()));
        must(change.commit());
    }
    put(Person{1, "alice", 70001, 0, false, "/bin/bash", "", "Alice of the server"});
    put(Team{10, "alice", 70001});
    whole();
    BOOST_TEST(quarantined() == "alice:name-taken alice:name-taken");
    published = 0;

    const auto adopted = adopt({"alice"});
    BOOST_TEST(adopted.changed);
    BOOST_TEST(told(adopted) == "alice:adopted");
    const auto alice = user("alice");
    BOOST_TEST(alice->id.value == id.value);
    BOOST_TEST(alice->source == "ldap:corp");
    BOOST_TEST(alice->uid == 70001U);
    BOOST_TEST(alice->gid == 70001U);
    BOOST_TEST(alice->set == "");
    BOOST_TEST(alice->display_name == "Alice of the server");
    BOOST_TEST(must(mirror->dn_of(id)) == "uid=alice,ou=people,dc=example");
    BOOST_TEST(quarantined() == "");
    BOOST_TEST(group("alice")->gid == 70001U);
    BOOST_TEST(members("ops") == "alice");
    const auto record = must(directory.user_record(*alice, true));
    BOOST_TEST(list_of(record, "local_groups") == "sudo");
    BOOST_TEST(list_of(record, "tags") == "oncall");
    BOOST_TEST(must(credentials.find_totp(id))->last_step == 4711);
    BOOST_TEST(must(credentials.count_codes(id, store::CodeKind::recovery, clock.now())) == 1U);
    BOOST_TEST(!must(credentials.find_password(id)));
    BOOST_TEST(must(credentials.password_history(id)).empty());
    BOOST_TEST(must(credentials.find_offline_password(id))->hash == argon2);

    BOOST_TEST(published == 1);
    const auto rows = trail();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [](const auto& one) { return one.action == "ldap.adopt"; });
    BOOST_REQUIRE((row != rows.end()));
    BOOST_TEST(row->subject == "user:alice");
    BOOST_TEST(row->actor == "root");
    BOOST_TEST(row->detail == R"({"after":{"source":"ldap:corp"},"before":{"source":"local"}})");

    // From then on it is the server's, and a second time is none.
    put(Person{1, "alice", 70001, 0, false, "/bin/sh"});
    change();
    BOOST_TEST(user("alice")->shell == "/bin/sh");
    const auto before = store->generation();
    BOOST_TEST(!adopt({"alice"}).changed);
    BOOST_TEST(told(adopt()) == "");
    BOOST_TEST(store->generation() == before);
}

BOOST_AUTO_TEST_CASE(a_group_goes_with_everybody_in_it_or_stays) {
    local_group("crew", 70900);
    local_group("mixed", 70901);
    local_user("alice", 70001, {{"groups", Names{"crew", "mixed"}}});
    local_user("bert", 70002, {{"groups", Names{"crew"}}});
    local_user("carol", 70003, {{"groups", Names{"mixed"}}});
    must(directory.update_group(root, must(directory.get_group("crew")).id,
                                {{"administrators", Names{"alice"}}}, {}));
    const auto crew = group("crew")->id;
    const Person alice{1, "alice", 70001}, bert{2, "bert", 70002};
    put(alice).put(bert);
    put(Team{10, "crew", 70900, {alice.where(), bert.where()}});
    put(Team{11, "mixed", 70901, {alice.where()}});
    whole();

    // Named alone, one leaves the group behind without a word.
    const auto trial = adopt({"alice"}, true);
    BOOST_TEST(told(trial) == "alice:adopted");
    const auto all = adopt();
    BOOST_TEST(told(all) == "group:mixed:refused alice:adopted bert:adopted group:crew:adopted");
    BOOST_TEST(text_of(all.page.rows.front(), "note").find("carol is in mixed, and does not come along") ==
               0U);
    BOOST_TEST(group("crew")->id.value == crew.value);
    BOOST_TEST(group("crew")->source == "ldap:corp");
    BOOST_TEST(members("crew") == "alice,bert");
    BOOST_TEST(!must(store->groups().is_administrator(crew, id_of("alice"))));
    BOOST_TEST(group("mixed")->source == "local");
    BOOST_TEST(members("mixed") == "alice,carol");
    BOOST_TEST(user("carol")->source == "local");
    BOOST_TEST(quarantined() == "mixed:name-taken");
}

BOOST_AUTO_TEST_CASE(a_primary_group_comes_along_or_keeps_its_users_back) {
    local_group("staff", 70900);
    for (const auto& [name, uid] : {std::pair{"alice", 70001}, std::pair{"bert", 70002}})
        local_user(name, uid, {{"primary_group", std::string("staff")}});
    const auto staff = group("staff")->id;
    const Person alice{1, "alice", 70001, 70900}, bert{2, "bert", 70002, 70900};
    put(alice).put(bert).put(Team{10, "staff", 70900});
    whole();
    stays("alice", "the primary group of alice, staff, stays: bert is in staff");
    BOOST_TEST(told(adopt({"alice", "bert"})) == "alice:adopted bert:adopted group:staff:adopted");
    BOOST_TEST(user("alice")->primary_group.value == staff.value);
    BOOST_TEST(user("bert")->gid == 70900U);
    BOOST_TEST(quarantined() == "");
}

BOOST_AUTO_TEST_CASE(who_is_not_the_same_there_stays_with_the_reason) {
    local_group("staff", 70900);
    local_user("number", 70001);
    local_user("gid", 70002, {{"primary_group", std::string("staff")}});
    local_user("absent", 70003);
    local_user("twice", 70004);
    local_user("far", 70005);
    local_user("new", 70006, {{"state", std::string("pending")}});
    local_user("half", 70007);
    local_user("lab", 70008);
    {
        auto change = must(store->begin());
        must(store->adoptions().put(id_of("half"), AdoptedThing::passwd, AdoptionState::taking, clock.now()));
        auto lab = *user("lab");
        lab.source = "ldap:lab";
        must(store->users().update(lab, ""));
        must(change.commit());
    }
    corp().id_ranges = {{70000, 70004}, {70006, 79999}};
    put(Person{1, "number", 70101}).put(Person{2, "gid", 70002}).put(Person{4, "twice", 70004});
    Person again{40, "twice", 70004};
    again.dn = "uid=twice,ou=elsewhere,dc=example";
    put(again).put(Person{5, "far", 70005}).put(Person{6, "new", 70006}).put(Person{7, "half", 70007});
    whole();
    stays("number", "the uid of number is 70001 here and 70101 on corp");
    stays("gid", "the primary gid of gid is 70900 here and 70002 on corp");
    stays("absent", "corp has no user absent that could be had");
    stays("twice", "corp has twice more than once: uid=twice,ou=");
    stays("far", "far: 70005 is not in ldap.corp.id_range (id-range)");
    stays("new", "new waits to be approved");
    stays("half", "half is half in /etc/passwd still");
    stays("lab", "lab is of the directory server lab");
    stays("nobody", "nobody");
    const auto all = adopt();
    BOOST_TEST(!all.changed);
    BOOST_TEST(told(all) == "far:refused gid:refused half:refused new:refused number:refused twice:refused");
}

BOOST_AUTO_TEST_CASE(who_is_in_a_group_for_a_time_keeps_it_here) {
    local_group("crew", 70900);
    local_user("alice", 70001);
    must(directory.add_members(root, "crew", {"alice"}, clock.now() + std::chrono::hours(2), {}));
    const Person alice{1, "alice", 70001};
    put(alice).put(Team{10, "crew", 70900, {alice.where()}});
    whole();
    BOOST_TEST(told(adopt()) == "group:crew:refused alice:adopted");
    BOOST_TEST(group("crew")->source == "local");
    clock.advance(std::chrono::hours(3));
    must(directory.end_what_is_over());
    BOOST_TEST(members("crew") == "");
}

BOOST_AUTO_TEST_CASE(an_imported_hash_does_not_stand_in_for_the_server) {
    local_user("alice", 70001);
    local_user("bert", 70002);
    set_password("alice", "$y$j9T$salt$hash");
    set_password("bert", argon2);
    corp().offline_max_age = {};
    put(Person{1, "alice", 70001}).put(Person{2, "bert", 70002});
    whole();
    const auto adopted = adopt();
    BOOST_TEST(text_of(adopted.page.rows.front(), "note") ==
               "no login while the server is away until there was one with it");
    for (const char* name : {"alice", "bert"}) {
        BOOST_TEST(!must(store->credentials().find_password(id_of(name))));
        BOOST_TEST(!must(store->credentials().find_offline_password(id_of(name))));
    }
}

BOOST_AUTO_TEST_CASE(a_suspension_of_the_host_stays_and_the_servers_comes) {
    local_user("alice", 70001);
    local_user("bert", 70002);
    must(directory.suspend_user(root, id_of("alice"), "by the host", {}, {}));
    put(Person{1, "alice", 70001, 0, true}).put(Person{2, "bert", 70002, 0, true});
    whole();
    adopt();
    BOOST_TEST(user("alice")->state_reason == "by the host");
    BOOST_TEST(user("bert")->state_reason == "disabled by ldap:corp");
    put(Person{1, "alice", 70001}).put(Person{2, "bert", 70002});
    change();
    BOOST_TEST((user("alice")->state == UserState::suspended));
    BOOST_TEST((user("bert")->state == UserState::active));
}

BOOST_AUTO_TEST_CASE(the_last_admin_for_good_is_not_handed_over_unasked) {
    local_user("alice", 70001);
    directory.guard([this]() -> Result<AdminsWay> {
        return user("alice")->source == "local" ? AdminsWay::for_good : AdminsWay::for_a_time;
    });
    put(Person{1, "alice", 70001});
    whole();
    const auto refused = mirror->adopt(root, "corp", {}, {});
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == Errc::last_admin));
    BOOST_TEST(user("alice")->source == "local");
    ChangeOptions options;
    options.allow_lockout = true;
    BOOST_TEST(must(mirror->adopt(root, "corp", {}, options)).changed);
}

BOOST_AUTO_TEST_CASE(nothing_is_handed_over_before_all_has_come) {
    local_user("alice", 70001);
    BOOST_TEST((mirror->adopt(root, "corp", {}, {}).error().code == Errc::busy));
    put(Person{1, "alice", 70001});
    whole();
    refresh();
    BOOST_TEST((mirror->adopt(root, "corp", {}, {}).error().code == Errc::busy));
    BOOST_TEST((mirror->adopt(root, "crop", {}, {}).error().code == Errc::not_supported));
}

BOOST_AUTO_TEST_SUITE_END()
