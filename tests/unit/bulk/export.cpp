// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/export.h"

#include <nlohmann/json.hpp>

#include "tests/unit/bulk/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Filled : Office {
    Filled() {
        clock.advance(std::chrono::microseconds(5));  // files tell whole seconds
        must(directory.create_user(admin, "alice",
                                   {{"first_name", std::string("Zoë")},
                                    {"last_name", std::string("Example")},
                                    {"email", std::string("alice@example.org")},
                                    {"groups", std::vector<std::string>{"web"}},
                                    {"tags", std::vector<std::string>{"a", "b"}},
                                    {"expires", std::int64_t{1893456000}},
                                    {"set", std::string("team")}},
                                   {}));
        must(directory.create_user(admin, "bob", {{"display_name", std::string("=cmd()")}}, {}));
        must(directory.suspend_user(admin, must(directory.get_user("bob")).id, "", {}, {}));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(export_, Filled)

BOOST_AUTO_TEST_CASE(json_holds_users_and_groups) {
    const auto all = nlohmann::json::parse(export_as("json"));
    BOOST_TEST(all["users"].size() == 2U);
    BOOST_TEST(all["users"][0]["name"] == "alice");
    BOOST_TEST(all["users"][0]["expires"] == "2030-01-01T00:00:00Z");
    BOOST_TEST(all["users"][0]["phone"].is_null());
    BOOST_TEST(all["groups"][0]["members"] == nlohmann::json::array({"alice"}));
    ExportRequest request;
    request.set = "team";
    const auto set = nlohmann::json::parse(export_as("json", request));
    BOOST_TEST(set["users"].size() == 1U);
    BOOST_TEST(set["groups"].empty());
}

BOOST_AUTO_TEST_CASE(csv_can_be_imported_again) {
    const auto text = export_as("csv");
    BOOST_TEST(text.find("'=cmd()") != std::string::npos);
    ImportOptions how;
    how.if_exists = IfExists::update;
    how.map = {{"state", ""}};
    const auto result = import(text, how);
    BOOST_TEST(told(result) == "");
    BOOST_TEST(deeds(result) == "unchanged alice\nunchanged bob\n");
}

BOOST_AUTO_TEST_CASE(ldif_has_people_and_groups_below_the_base) {
    ExportRequest request;
    request.base = "dc=example,dc=org";
    const auto text = export_as("ldif", request);
    for (const char* part : {"dn: ou=people,dc=example,dc=org\nobjectClass: organizationalUnit\n",
                             "dn: uid=alice,ou=people,dc=example,dc=org\n", "givenName:: Wm/Dqw==\n",
                             "uidNumber: 70001\n", "shadowExpire: 21915\n", "memberUid: alice\n",
                             "dn: cn=alice,ou=groups,dc=example,dc=org\nobjectClass: posixGroup\n"})
        BOOST_TEST(text.find(part) != std::string::npos, part << " in\n" << text);
    const auto bob = text.substr(text.find("dn: uid=bob"));
    BOOST_TEST(bob.substr(0, bob.find("\n\n")).find("shadowExpire: 1") != std::string::npos);
    request.schema = "rfc2307bis";
    const auto by_entry = export_as("ldif", request);
    BOOST_TEST(by_entry.find("objectClass: groupOfNames\nobjectClass: posixGroup\n") != std::string::npos);
    BOOST_TEST(by_entry.find("member: uid=alice,ou=people,dc=example,dc=org\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hashes_are_in_ldif_that_asks_for_them_and_in_nothing_else) {
    const std::string argon2 = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA";
    {
        auto change = must(store->begin());
        must(store->credentials().put_password(must(directory.get_user("alice")).id, argon2, clock.now()));
        must(store->credentials().put_password(must(directory.get_user("bob")).id, "$y$j9T$salt$hash",
                                               clock.now()));
        must(change.commit());
    }
    must(directory.create_user(admin, "carol", {}, {}));
    ExportRequest request;
    request.base = "dc=example,dc=org";
    for (const auto& format : export_formats()) {
        const auto text = export_as(format.name, request);
        BOOST_TEST(text.find("$argon2") == std::string::npos, format.name);
        BOOST_TEST(text.find("$y$") == std::string::npos, format.name);
    }
    request.passwords = true;
    auto text = export_as("ldif", request);
    for (auto fold = text.find("\n "); fold != std::string::npos; fold = text.find("\n "))
        text.erase(fold, 2);
    BOOST_TEST(text.find("userPassword: {ARGON2}" + argon2 + "\n") != std::string::npos, text);
    BOOST_TEST(text.find("userPassword: {CRYPT}$y$j9T$salt$hash\n") != std::string::npos, text);
    const auto carol = text.substr(text.find("dn: uid=carol"));
    BOOST_TEST(carol.substr(0, carol.find("\n\n")).find("userPassword") == std::string::npos);
    for (const char* format : {"json", "csv", "yaml"})
        BOOST_TEST(export_as(format, request).find("$argon2") == std::string::npos, format);
}

BOOST_AUTO_TEST_CASE(what_a_directory_server_has_is_marked_in_tables_and_left_out_of_what_makes_users) {
    mirror_user(*store, "alice");
    mirror_group(*store, "web");
    const auto all = nlohmann::json::parse(export_as("json"));
    BOOST_TEST(all["users"][0]["source"] == "ldap:corp");
    BOOST_TEST(all["users"][1]["source"] == "local");
    BOOST_TEST(export_as("csv").find("ldap:corp") != std::string::npos);
    ExportRequest request;
    request.base = "dc=example,dc=org";
    for (const char* format : {"yaml", "ldif"}) {
        const auto text = export_as(format, request);
        BOOST_TEST(text.find("alice") == std::string::npos, text);
        BOOST_TEST(text.find("web") == std::string::npos, text);
        BOOST_TEST(text.find("bob") != std::string::npos, text);
    }
}

BOOST_AUTO_TEST_CASE(what_is_asked_wrongly_is_refused) {
    BOOST_TEST(!open_export("xml", {}));
    BOOST_TEST(!open_export("ldif", {}));
    ExportRequest request;
    request.base = "dc=example\nx: y";
    BOOST_TEST(!open_export("ldif", request));
    request.base = "dc=example";
    request.schema = "ad";
    BOOST_TEST(!open_export("ldif", request));
}

BOOST_AUTO_TEST_SUITE_END()
