// SPDX-License-Identifier: LGPL-2.1-or-later
// The sweep: every method and property of every object, by everybody, against the published table. What is
// asked is harmless: a flag that no method knows is refused after the caller has been let in and before
// anything is done.
#include <fcntl.h>
#include <sys/mman.h>

#include <fstream>
#include <set>
#include <sstream>

#include "daemon/bus/rights_page.h"
#include "tests/unit/bus/house.h"

using namespace userd;
using namespace userd::bus;

namespace {

constexpr std::uint64_t unknown_flag = UINT64_C(1) << 40;
using Names = std::vector<std::string>;

// One value of each type of a signature, empty or zero; the last t, the flags, is unknown.
int fill(sd_bus_message* to, const std::string& signature) {
    for (std::size_t i = 0; i < signature.size(); ++i) {
        int r = 0;
        switch (signature[i]) {
            case 's':
                r = sd_bus_message_append(to, "s", "");
                break;
            case 'b':
                r = sd_bus_message_append(to, "b", 0);
                break;
            case 't':
                r = sd_bus_message_append(to, "t", i + 1 == signature.size() ? unknown_flag : UINT64_C(1));
                break;
            case 'h': {
                const Fd fd(memfd_create("empty", MFD_CLOEXEC | MFD_ALLOW_SEALING));
                r = sd_bus_message_append(to, "h", fd.get());
                break;
            }
            case 'a':
                if (signature.compare(i, 5, "a{sv}") == 0) {
                    r = sd_bus_message_append(to, "a{sv}", 0);
                    i += 4;
                } else {
                    r = sd_bus_message_append(to, "as", 0);
                    ++i;
                }
                break;
            default:
                return -EINVAL;
        }
        if (r < 0) return r;
    }
    return 0;
}

// alice is nothing but herself; hanna is of the helpdesk, for bob in staff and not for carol; chief is an
// admin.
struct Sweep : House {
    Sweep() {
        const Actor root{0, "root", "test", {}};
        (void)directory.create_group(root, "staff", {}, {});
        for (const char* name : {"alice", "hanna", "carol"}) uids[name] = create(name);
        uids["bob"] = create("bob", {{"groups", Names{"staff"}}});
        uids["boss"] = create("boss", {{"groups", Names{"staff"}}, {"role", "admin"}});
        uids["chief"] = create("chief", {{"role", "admin"}});
        BOOST_REQUIRE(directory.create_role(
            root, "helpdesk",
            {{"grants", Names{"user.read", "password.reset", "mfa.code"}}, {"scope", Names{"staff"}}}, {}));
        BOOST_REQUIRE(directory.grant_role(root, directory.get_role("helpdesk").value().id, {"hanna"}, {}));
    }
    std::string path_of(const std::string& interface, const std::string& user) {
        if (interface == user_interface) return user_path(uids.at(user)).text;
        if (interface == group_interface) return group_path(directory.get_group("staff").value().gid).text;
        if (interface == role_interface) return role_path("helpdesk").text;
        return manager_path;
    }
    // Calls each method as `uid`, on the object of `user` where it is a user's, and holds the answer against
    // what `may` says of it.
    using May = std::function<bool(const PublishedMember&)>;
    void sweep(const char* who, std::uint32_t uid, const std::string& user, const May& may) {
        Caller caller(*this, uid);
        for (const auto& member : published_members()) {
            if (member.is_property) continue;
            const auto answer =
                caller.call(path_of(member.interface, user), member.interface.c_str(), member.member.c_str(),
                            [&](auto* to) { return fill(to, member.signature); });
            const bool is_denied = error_name(answer) == "org.freedesktop.DBus.Error.AccessDenied";
            BOOST_TEST(is_denied == !may(member), who << " on " << user << ": " << member.interface << "."
                                                      << member.member << " → " << error_name(answer) << ": "
                                                      << error_text(answer));
        }
    }
    static bool is_for_all(const PublishedMember& member) {
        return member.action == Action::anyone || member.action == Action::anyone_private;
    }
    static bool is_own(const PublishedMember& member) {
        return member.interface == user_interface && (is_self(member.action) || is_self(member.self));
    }
    std::map<std::string, std::uint32_t> uids;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rights, Sweep)

BOOST_AUTO_TEST_CASE(the_published_page_is_what_the_tables_say) {
    std::ifstream file(std::string(USERD_SOURCE) + "/docs/reference/rights.md");
    std::ostringstream text;
    text << file.rdbuf();
    const auto start = text.str().find("\n## ");
    BOOST_REQUIRE(start != std::string::npos);
    BOOST_TEST(text.str().substr(start) == rights_page(),
               "the tables of docs/reference/rights.md: userd --rights");
}

BOOST_AUTO_TEST_CASE(nobody_may_nothing) {
    for (const std::uint32_t uid : {65534U, 0xFFFFFFFFU})
        sweep("nobody", uid, "bob", [](const auto&) { return false; });
}

BOOST_AUTO_TEST_CASE(a_stranger_may_what_everybody_may) {
    sweep("a stranger", 4711, "bob", is_for_all);
}

BOOST_AUTO_TEST_CASE(a_user_may_serve_itself_and_nobody_else) {
    sweep("alice", uids["alice"], "alice",
          [](const auto& member) { return is_for_all(member) || is_own(member); });
    sweep("alice", uids["alice"], "bob", is_for_all);
}

BOOST_AUTO_TEST_CASE(the_helpdesk_may_what_its_role_grants_and_only_in_its_scope) {
    const auto granted = [](const PublishedMember& member) {
        const auto& grant = facts_of(member.action).grant;
        return grant == RoleGrant::user_read || grant == RoleGrant::password_reset ||
               grant == RoleGrant::mfa_code;
    };
    sweep("hanna", uids["hanna"], "bob", [&](const auto& member) {
        return is_for_all(member) || (granted(member) && member.interface == user_interface);
    });
    sweep("hanna", uids["hanna"], "carol", is_for_all);  // outside
    sweep("hanna", uids["hanna"], "boss", is_for_all);   // inside, but with more rights
    sweep("hanna", uids["hanna"], "hanna",
          [](const auto& member) { return is_for_all(member) || is_own(member); });
}

BOOST_AUTO_TEST_CASE(an_admin_may_all_but_what_is_roots_and_what_is_ones_own) {
    const auto may = [](const PublishedMember& member) {
        return is_for_all(member) || facts_of(member.action).grant.has_value();
    };
    for (const char* user : {"bob", "boss"}) sweep("chief", uids["chief"], user, may);
}

BOOST_AUTO_TEST_CASE(root_may_everything) {
    sweep("root", 0, "bob", [](const auto&) { return true; });
}

BOOST_AUTO_TEST_CASE(root_may_no_more_than_the_role_it_drops_to) {
    Caller root(*this, 0);
    const auto drop = [&](const char* role) {
        return error_name(
            root.manager("AssumeRole", [&](auto* to) { return sd_bus_message_append(to, "s", role); }));
    };
    const auto reset = [&](const char* user) {
        return error_name(root.call(user_path(uids[user]).text, user_interface, "ResetMfa", [](auto* to) {
            return sd_bus_message_append(to, "a{sv}t", 0, unknown_flag);
        }));
    };
    BOOST_TEST(drop("helpdesk") == "");
    BOOST_TEST(reset("bob") == "org.freedesktop.DBus.Error.AccessDenied");
    BOOST_TEST(drop("nosuch") == "org.userd1.Error.NoSuchRole");
    BOOST_TEST(drop("") == "");
    BOOST_TEST(reset("bob") == "org.freedesktop.DBus.Error.InvalidArgs");
}

BOOST_AUTO_TEST_CASE(a_caller_drops_only_to_a_role_of_its_own) {
    Caller hanna(*this, uids["hanna"]);
    const auto drop = [&](const char* role) {
        return error_name(
            hanna.manager("AssumeRole", [&](auto* to) { return sd_bus_message_append(to, "s", role); }));
    };
    const auto code = [&] {
        return error_name(hanna.call(user_path(uids["bob"]).text, user_interface, "CreateCode", [](auto* to) {
            return sd_bus_message_append(to, "tt", UINT64_C(60), unknown_flag);
        }));
    };
    BOOST_TEST(drop("admin") == "org.freedesktop.DBus.Error.AccessDenied");
    BOOST_TEST(code() == "org.freedesktop.DBus.Error.InvalidArgs");
    BOOST_TEST(drop("user") == "");
    BOOST_TEST(code() == "org.freedesktop.DBus.Error.AccessDenied");
    BOOST_REQUIRE(directory.revoke_role(Actor{0, "root", "test", {}},
                                        directory.get_role("helpdesk").value().id, {"hanna"}, {}));
    BOOST_TEST(drop("helpdesk") == "org.freedesktop.DBus.Error.AccessDenied");
}

BOOST_AUTO_TEST_CASE(who_may_change_somebody_does_not_read_his_private_fields_for_that) {
    const Actor root{0, "root", "test", {}};
    uids["dora"] = create("dora", {{"email", "dora@secret.example"}, {"metadata", "{\"salary\":\"99\"}"}});
    BOOST_REQUIRE(directory.create_role(
        root, "gate", {{"grants", Names{"user.suspend", "user.update", "user.delete"}}}, {}));
    BOOST_REQUIRE(directory.create_role(root, "reader", {{"grants", Names{"user.read"}}}, {}));
    BOOST_REQUIRE(directory.grant_role(root, directory.get_role("gate").value().id, {"alice"}, {}));
    Caller alice(*this, uids["alice"]);
    const auto record_of = [&](const char* member, std::uint64_t flags) {
        const auto answer = alice.call(user_path(uids["dora"]).text, user_interface, member, [&](auto* to) {
            if (member == std::string("Update")) {
                const int r = write(to, Fields{{"display_name", "Dora"}});
                if (r < 0) return r;
            }
            if (member == std::string("Rename"))
                if (const int r = sd_bus_message_append(to, "s", "dorothea"); r < 0) return r;
            return sd_bus_message_append(to, "a{sv}t", 0, flags);
        });
        BOOST_REQUIRE_EQUAL(error_text(answer), "");
        BOOST_REQUIRE(sd_bus_message_skip(answer.get(), "b") > 0);
        return read_fields(answer.get(), false).value().plain;
    };
    for (const char* member : {"Suspend", "Resume", "Update"})
        for (const std::uint64_t flags : {1U, 0U}) {
            const auto record = record_of(member, flags);
            BOOST_TEST(record.contains("state"), member);
            for (const char* field : {"email", "metadata", "class", "roles", "created_by"})
                BOOST_TEST(!record.contains(field), member << ": " << field);
        }
    BOOST_REQUIRE(directory.grant_role(root, directory.get_role("reader").value().id, {"alice"}, {}));
    BOOST_TEST(record_of("Suspend", 0).contains("email"));
}

// alice, who may reset everybody but has dropped to those of staff, asks for it with the password in a pipe,
// and hangs up before it comes.
struct HungUp : Sweep {
    HungUp() {
        const Actor root{0, "root", "test", {}};
        for (const auto& [name, scope] : {std::pair{"reset-staff", Names{"staff"}}, {"reset-all", Names{}}}) {
            const Fields fields{{"grants", Names{"password.reset"}}, {"scope", scope}};
            BOOST_REQUIRE(directory.create_role(root, name, fields, {}));
            BOOST_REQUIRE(directory.grant_role(root, directory.get_role(name).value().id, {"alice"}, {}));
        }
        int ends[2];
        BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        const Fd from(ends[0]);
        pipe = Fd(ends[1]);
        Caller alice(*this, uids["alice"]);
        BOOST_REQUIRE_EQUAL(
            error_text(alice.manager("AssumeRole",
                                     [](auto* to) { return sd_bus_message_append(to, "s", "reset-staff"); })),
            "");
        alice.send(user_path(uids["bob"]).text, user_interface, "SetPassword", [&](auto* to) {
            return sd_bus_message_append(to, "a{sv}a{sv}t", 1, "password", "h", from.get(), 0, UINT64_C(0));
        });
        BOOST_REQUIRE_EQUAL(error_text(alice.manager("WhoAmI")), "");  // so the call before has arrived
    }
    void run(int rounds) {
        for (int i = 0; i < rounds; ++i) (void)loop->run_once(std::chrono::milliseconds(10));
    }
    void give_password() {
        BOOST_REQUIRE(write(pipe.get(), "correct horse battery staple", 28) == 28);
        pipe = Fd();
    }
    bool bob_has_a_password() {
        const auto status = credentials.mfa_status(directory.get_user("bob").value().id).value();
        return status.contains("password_changed_at");
    }
    Fd pipe;
};

BOOST_FIXTURE_TEST_CASE(a_call_that_waits_outlives_the_connection_of_its_caller, HungUp) {
    run(5);
    give_password();
    for (int i = 0; i < 200 && !bob_has_a_password(); ++i) run(1);
    BOOST_TEST(bob_has_a_password());
}

BOOST_FIXTURE_TEST_CASE(a_caller_who_hangs_up_does_not_get_the_roles_back_that_it_dropped, HungUp) {
    run(5);
    const auto staff = directory.get_group("staff").value().gid;
    BOOST_REQUIRE(
        directory.remove_members(Actor{0, "root", "test", {}}, fmt::format("gid:{}", staff), {"bob"}, {}));
    give_password();
    run(30);
    BOOST_TEST(!bob_has_a_password());
}

// alice, who may apply state files and import users, asks for it, and what she asks for lies in a pipe still.
struct Applying : Sweep {
    Applying() {
        for (const auto& [name, grants] : {std::pair{"applier", Names{"directory.apply"}},
                                           {"creator", Names{"user.create", "user.update", "user.read"}}}) {
            BOOST_REQUIRE(directory.create_role(root, name, {{"grants", grants}}, {}));
            BOOST_REQUIRE(directory.grant_role(root, directory.get_role(name).value().id, {"alice"}, {}));
        }
        int ends[2];
        BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        from = Fd(ends[0]);
        pipe = Fd(ends[1]);
        BOOST_REQUIRE_EQUAL(error_text(alice.manager("WhoAmI")), "");  // descriptors go when it is open
    }
    void ask_to_apply() {
        alice.send(manager_path, manager_interface, "Apply",
                   [&](auto* to) { return sd_bus_message_append(to, "ha{sv}", from.get(), 0); });
        BOOST_REQUIRE_EQUAL(error_text(alice.manager("WhoAmI")), "");  // so the call before has arrived
    }
    void ask_to_import() {
        alice.send(manager_path, manager_interface, "Import", [&](auto* to) {
            return sd_bus_message_append(to, "ha{sv}t", from.get(), 0, UINT64_C(0));
        });
        BOOST_REQUIRE_EQUAL(error_text(alice.manager("WhoAmI")), "");
    }
    // She may create users still, but not by a file.
    void revoke() {
        BOOST_REQUIRE(directory.revoke_role(root, directory.get_role("applier").value().id, {"alice"}, {}));
    }
    void give(std::string_view text) {
        BOOST_REQUIRE(write(pipe.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        pipe = Fd();
        for (int i = 0; i < 60 && !made(); ++i) (void)loop->run_once(std::chrono::milliseconds(10));
    }
    bool made() { return directory.get_user("zoe").has_value(); }
    const Actor root{0, "root", "test", {}};
    Caller alice{*this, uids["alice"]};
    Fd from, pipe;
};
constexpr std::string_view zoe_stream = "{\"version\":1,\"set\":\"s\"}\n{\"user\":\"zoe\"}\n";
constexpr std::string_view zoe_table = "name\nzoe\n";

BOOST_FIXTURE_TEST_CASE(who_may_apply_does_when_the_file_has_come, Applying) {
    ask_to_apply();
    give(zoe_stream);
    BOOST_TEST(made());
}

BOOST_FIXTURE_TEST_CASE(who_lost_the_right_before_the_file_came_applies_nothing, Applying) {
    ask_to_apply();
    revoke();
    give(zoe_stream);
    BOOST_TEST(!made());
}

BOOST_FIXTURE_TEST_CASE(who_may_import_does_when_the_table_has_come, Applying) {
    ask_to_import();
    give(zoe_table);
    BOOST_TEST(made());
}

BOOST_FIXTURE_TEST_CASE(who_lost_the_right_before_the_table_came_imports_nobody, Applying) {
    ask_to_import();
    revoke();
    give(zoe_table);
    BOOST_TEST(!made());
}

BOOST_AUTO_TEST_CASE(properties_are_seen_by_anyone_and_set_by_nobody_else) {
    Caller stranger(*this, 4711);
    for (const auto& member : published_members()) {
        if (!member.is_property) continue;
        const auto path = path_of(member.interface, "bob");
        const auto got = stranger.call(path, "org.freedesktop.DBus.Properties", "Get", [&](auto* to) {
            return sd_bus_message_append(to, "ss", member.interface.c_str(), member.member.c_str());
        });
        BOOST_TEST(error_name(got) == "", member.interface << "." << member.member);
        const auto set = stranger.call(path, "org.freedesktop.DBus.Properties", "Set", [&](auto* to) {
            return sd_bus_message_append(to, "ssv", member.interface.c_str(), member.member.c_str(), "s",
                                         "x");
        });
        BOOST_TEST(error_name(set) != "", member.interface << "." << member.member);
    }
}

BOOST_AUTO_TEST_CASE(no_interface_is_left_out) {
    Caller root(*this, 0);
    std::set<std::string> published;
    for (const auto& member : published_members()) published.insert(member.interface + "." + member.member);
    for (const char* interface :
         {manager_interface, user_interface, group_interface, role_interface, ldap_interface}) {
        const auto answer =
            root.call(path_of(interface, "bob"), "org.freedesktop.DBus.Introspectable", "Introspect");
        const char* xml = nullptr;
        BOOST_REQUIRE(sd_bus_message_read(answer.get(), "s", &xml) > 0);
        std::istringstream lines(xml);
        std::string line, current;
        const auto name_in = [&] {
            const auto from = line.find("name=\"") + 6;
            return line.substr(from, line.find('"', from) - from);
        };
        while (std::getline(lines, line)) {
            if (line.find("<interface ") != std::string::npos) current = name_in();
            const bool is_member =
                line.find("<method ") != std::string::npos || line.find("<property ") != std::string::npos;
            if (is_member && !current.starts_with("org.freedesktop.DBus."))
                BOOST_TEST(published.contains(current + "." + name_in()), current << "." << name_in());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
