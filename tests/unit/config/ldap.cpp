// SPDX-License-Identifier: LGPL-2.1-or-later
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "daemon/config/config.h"
#include "daemon/config/keys.h"
#include "daemon/config/ldap_keys.h"
#include "daemon/config/ldap_syntax.h"

using namespace userd;

namespace {

// A source "corp" with what must be given, and `more` of it.
std::string corp(const std::string& more, const std::string& uri = "ldaps://ldap.example.org") {
    return "ldap:\n  corp: {uri: [\"" + uri + "\"], base: \"dc=example,dc=org\", id_range: [200000-299999]" +
           (more.empty() ? "" : ", " + more) + "}\n";
}

LdapSource read(const std::string& text) {
    const LoadedConfig loaded = parse_config(text, "userd.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? text : to_text(loaded.problems[0])));
    BOOST_REQUIRE(loaded.config->ldap.size() == 1U);
    return loaded.config->ldap[0];
}

void refused(const std::string& text, std::string_view why) {
    const LoadedConfig loaded = parse_config(text, "userd.yaml");
    BOOST_REQUIRE_MESSAGE(!loaded.problems.empty(), text << " was taken");
    const auto problem = to_text(loaded.problems[0]);
    BOOST_TEST(problem.find(why) != std::string::npos, problem);
    BOOST_TEST(problem.starts_with("userd.yaml:"), problem);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ldap_config)

BOOST_AUTO_TEST_CASE(a_source_with_what_must_be_given_has_the_defaults) {
    const LoadedConfig loaded = parse_config(corp(""), "userd.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
    const LdapSource& source = loaded.config->ldap[0];
    BOOST_TEST(source.name == "corp");
    BOOST_TEST(source.where == "userd.yaml:2");
    BOOST_TEST(source.uris == std::vector<std::string>{"ldaps://ldap.example.org"});
    BOOST_TEST(source.base == "dc=example,dc=org");
    BOOST_TEST((source.id_ranges[0].first == 200000U && source.id_ranges[0].last == 299999U));
    const std::pair<const char*, const char*> shown[] = {
        {"schema", "rfc2307bis"},  {"id_mapping", "none"},
        {"bind.dn", "null"},       {"bind.credential", "userd.ldap.corp"},
        {"bind.sasl", "none"},     {"tls.ca", "null"},
        {"tls.starttls", "false"}, {"insecure", "false"},
        {"filter.users", "null"},  {"filter.groups", "null"},
        {"attributes", "{}"},      {"groups_map", "{}"},
        {"enumerate", "false"},    {"timeout", "5s"},
        {"guard", "10%"},          {"grace", "7d"},
        {"offline.max_age", "7d"}, {"override.shell", "null"},
        {"override.home", "null"}, {"access", "null"}};
    for (const auto& [key, value] : shown) {
        const auto& setting = loaded.config->shown.at(std::string("ldap.corp.") + key);
        BOOST_TEST(setting.value == value, key << " is " << setting.value);
        BOOST_TEST(setting.where == "default");
    }
    BOOST_TEST(loaded.config->shown.at("ldap.corp.base").where == "userd.yaml:2");
    BOOST_TEST(loaded.config->shown.at("ldap.corp.id_range").value == "[200000-299999]");
}

BOOST_AUTO_TEST_CASE(every_key_is_read) {
    const LdapSource source = read(
        "ldap:\n"
        "  corp:\n"
        "    uri: [\"ldap://ldap1.example.org:3890\", \"ldap://[2001:db8::1]\"]\n"
        "    base: ou=people,dc=example,dc=org\n"
        "    id_range: [200000-299999, 400000-499999]\n"
        "    schema: ad\n"
        "    id_mapping: sssd\n"
        "    bind: {dn: \"cn=userd,dc=example,dc=org\", credential: corp.password, sasl: gssapi}\n"
        "    tls: {ca: /etc/ssl/corp.pem, starttls: yes}\n"
        "    filter:\n"
        "      users: \"(&(memberOf=cn=unix,dc=example,dc=org) (!(title=robot*)))\"\n"
        "      groups: (cn=unix-*)\n"
        "    attributes: {name: uid, ssh_keys: ipaSshPubKey, members: 2.5.4.31}\n"
        "    groups_map: {linux admins: sudo}\n"
        "    enumerate: on\n"
        "    timeout: 3s\n"
        "    guard: 25%\n"
        "    grace: 1d\n"
        "    offline: {max_age: 0s}\n"
        "    override: {shell: /bin/zsh, shell_missing: /bin/sh, home: \"/srv/{name}-{uid}\", "
        "home_prefix_strip: /nfs}\n"
        "    access:\n"
        "      - {service: sshd, allow: {groups: [unix]}, hours: \"Mo-Fr 07:00-20:00\"}\n");
    BOOST_TEST(source.uris[1] == "ldap://[2001:db8::1]");
    BOOST_TEST(source.id_ranges.size() == 2U);
    BOOST_TEST((source.schema == LdapSource::Schema::ad));
    BOOST_TEST((source.id_mapping == LdapSource::IdMapping::sssd));
    BOOST_TEST(source.bind.dn == "cn=userd,dc=example,dc=org");
    BOOST_TEST(source.bind.credential == "corp.password");
    BOOST_TEST((source.bind.sasl == LdapSource::Sasl::gssapi));
    BOOST_TEST(source.tls.ca == "/etc/ssl/corp.pem");
    BOOST_TEST(source.tls.starttls);
    BOOST_TEST(source.user_filter == "(&(memberOf=cn=unix,dc=example,dc=org)(!(title=robot*)))");
    BOOST_TEST(source.group_filter == "(cn=unix-*)");
    BOOST_TEST(source.attributes.at("ssh_keys") == "ipaSshPubKey");
    BOOST_TEST(source.groups_map.at("linux admins") == "sudo");
    BOOST_TEST(source.enumerate);
    BOOST_TEST((source.timeout == std::chrono::seconds(3)));
    BOOST_TEST(source.guard == 25U);
    BOOST_TEST((source.grace == std::chrono::hours(24)));
    BOOST_TEST((source.offline_max_age == Duration{}));
    BOOST_TEST(source.overrides.home == "/srv/{name}-{uid}");
    BOOST_TEST(source.overrides.home_prefix_strip == "/nfs");
    BOOST_REQUIRE(source.access.size() == 1U);
    BOOST_TEST(source.access[0].where == "userd.yaml:22");
}

BOOST_AUTO_TEST_CASE(what_must_be_given_is_asked_for) {
    refused("ldap: {corp: {}}", "userd.yaml:1:8: ldap.corp.uri: it must be given");
    refused("ldap: {corp: }", "ldap.corp.uri: it must be given");
    refused("ldap: {corp: {uri: ldaps://a, base: dc=a}}", "ldap.corp.id_range: it must be given");
    refused("ldap: {corp: [a]}", "ldap.corp is a table of keys");
    refused("ldap: [corp]", "ldap is a table of keys");
    refused("ldap: {corp: {uri: [], base: dc=a, id_range: 200000-299999}}", "an empty list names no server");
    refused("ldap: {corp: {uri: ldaps://a, base: dc=a, id_range: []}}",
            "an empty list would take no account");
}

BOOST_AUTO_TEST_CASE(misspelt_keys_name_their_neighbours) {
    refused(corp("shema: ad"), "unknown key \"shema\" in ldap.corp. Did you mean \"schema\"?");
    refused(corp("tls: {start_tls: true}"), "in ldap.corp.tls. Did you mean \"starttls\"?");
    refused(corp("attributes: {emial: mail}"),
            "unknown key \"emial\" in attributes. Did you mean \"email\"?");
    refused("ldpa: {}", "Did you mean \"ldap\"?");
    refused(corp("bind: secret"), "ldap.corp.bind: a table of keys is expected");
    refused(corp("access: [{servise: sshd}]"), "ldap.corp.access: unknown key \"servise\"");
    refused(corp("access: []"), "ldap.corp.access: an empty list would let nobody in");
}

BOOST_AUTO_TEST_CASE(bad_values_of_a_source_say_what_is_expected) {
    refused(corp("schema: openldap"), "\"openldap\" is not one of rfc2307, rfc2307bis, ad");
    refused(corp("guard: 10"), "\"10\" is not a part of 0% to 100%");
    refused(corp("guard: 101%"), "is not a part of");
    refused(corp("timeout: 0s"), "0s is not within 1s to");
    refused(corp("timeout: soon"), "is not a length of time");
    refused(corp("filter: {users: \"(uid=*\"}"),
            "\"(uid=*\" is not a filter: it ends where \")\" is expected");
    refused(corp("attributes: {email: \"mail)(uid=*\"}"), "is not the name of an attribute");
    refused(corp("groups_map: {admins: \"a:b\"}"), "is not a group name");
    refused(corp("override: {home: /home/all}"), "the path must hold {name} or {uid}");
    refused(corp("override: {home: \"/home/{user}\"}"), "{name} and {uid} alone");
    refused(corp("override: {shell: bash}"), "is not an absolute path");
    refused(corp("bind: {credential: ../shadow}"), "is not the name of a systemd credential");
    refused(corp("id_mapping: sssd"), "numbers are made of SIDs, which schema: ad has");
    refused("ldap: {\"Corp X\": {}}", "cannot be the name of a source");
    refused("ldap: {\"a.b\": {}}", "cannot be the name of a source");
    refused("ldap: {corp: {uri: ldaps://a, base: somewhere, id_range: 200000-299999}}",
            "\"somewhere\" is not a DN");
}

// A password never crosses a network in the clear, whatever the file says.
BOOST_AUTO_TEST_CASE(plain_text_is_for_this_very_host) {
    refused(corp("", "ldap://ldap.example.org"), "would send passwords in the clear");
    refused(corp("insecure: true", "ldap://ldap.example.org"), "would send passwords in the clear");
    refused(corp("insecure: true", "ldap://127.example.org"), "would send passwords in the clear");
    refused(corp("insecure: true", "ldap://127.0.0.1.example.org"), "would send passwords in the clear");
    refused(corp("", "ldap://127.0.0.1"), "needs insecure: true");
    refused(corp("tls: {starttls: true}"), "there is no ldap://");
    for (const char* uri : {"ldap://127.0.0.1:3890", "ldap://localhost", "ldap://[::1]:389"})
        BOOST_TEST(read(corp("insecure: true", uri)).uris[0] == uri);
    BOOST_TEST(read(corp("tls: {starttls: true}", "ldap://ldap.example.org")).tls.starttls);
    BOOST_TEST(read(corp("", "ldapi:///run/slapd/ldapi")).uris[0] == "ldapi://%2Frun%2Fslapd%2Fldapi");
    BOOST_TEST(read(corp("", "ldapi://%2Frun%2Fldapi")).uris[0] == "ldapi://%2Frun%2Fldapi");
    refused(corp("", "http://ldap.example.org"), "is not ldaps://HOST");
    refused(corp("", "ldaps://"), "is not the name of a host");
    refused(corp("", "ldaps://host:0"), "is not a port");
    refused(corp("", "ldaps://host/dc=example"), "");
    refused(corp("", "ldaps://user@host"), "is not the name of a host");
}

BOOST_AUTO_TEST_CASE(a_source_brings_ids_that_are_nobody_elses) {
    const auto with = [](const std::string& ranges) {
        return "ldap: {corp: {uri: ldaps://a, base: dc=a, id_range: [" + ranges + "]}}";
    };
    refused(with("999-2000"), "999-2000 holds 999");
    refused(with("1000-61000"), "holds 60001");
    refused(with("61184-61184"), "holds 61184");
    refused(with("65000-66000"), "holds 65000");
    refused(with("65520-65534"), "holds 65534");
    refused(with("200000-4000000000"), "is not a range of ids");
    refused(with("200000-300000, 250000-260000"), "200000-300000 and 250000-260000 overlap");
    refused(with("60000-60000, 99999-100000"),
            "ldap.corp.id_range: 99999-100000 overlaps 70000-99999 of ids.ranges");
    BOOST_TEST(read(with("1000-60000, 60578-61183, 65536-69999")).id_ranges.size() == 3U);
    BOOST_TEST(read(with("200000-2000200000")).id_ranges[0].last == 2000200000U);  // SSSD's
    refused(
        "ldap:\n  a: {uri: ldaps://a, base: dc=a, id_range: 200000-300000}\n"
        "  b: {uri: ldaps://b, base: dc=b, id_range: 300000-400000}\n",
        "ldap.b.id_range: 300000-400000 overlaps 200000-300000 of ldap.a");
}

BOOST_AUTO_TEST_CASE(a_drop_in_replaces_one_source_and_leaves_the_others) {
    const auto root = std::filesystem::temp_directory_path() / fmt::format("userd-ldap-config-{}", getpid());
    std::filesystem::create_directories(root / "etc/userd/userd.yaml.d");
    std::ofstream(root / "etc/userd/userd.yaml")
        << "ldap:\n  b: {uri: ldaps://b, base: dc=b, id_range: 300000-399999, timeout: 9s}\n"
           "  a: {uri: ldaps://a, base: dc=a, id_range: 200000-299999}\n";
    std::ofstream(root / "etc/userd/userd.yaml.d/50-b.yaml")
        << "ldap: {b: {uri: ldaps://new, base: dc=b, id_range: 300000-399999}}\n";
    const LoadedConfig loaded = load_config(root);
    std::filesystem::remove_all(root);
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
    BOOST_REQUIRE(loaded.config->ldap.size() == 2U);
    BOOST_TEST(loaded.config->ldap[0].name == "a");
    BOOST_TEST(loaded.config->ldap[1].uris[0] == "ldaps://new");
    BOOST_TEST((loaded.config->ldap[1].timeout == std::chrono::seconds(5)));
}

// `config set` carries what stands in other files over by its shown value.
BOOST_AUTO_TEST_CASE(what_is_shown_of_a_source_reads_back) {
    const std::string text = corp(
        "schema: ad, bind: {dn: \"cn=a \\\"b\\\" #c: d,dc=org\"}, filter: {users: \"(&(a=b\\\\2c)(c=*))\"}, "
        "attributes: {name: cn, email: mail}, groups_map: {\"a b\": sudo, \"null\": adm}, "
        "override: {home: \"/home/{name}\"}, access: [{service: [sshd, login], network: [\"2001:db8::/32\"], "
        "allow: {users: [\"a b\"], groups: [g]}, hours: \"Mo-Fr 07:00-20:00; Sa\"}, {allow: {roles: "
        "[admin]}}]");
    const LoadedConfig first = parse_config(text, "userd.yaml");
    BOOST_REQUIRE_MESSAGE(first.config, (first.problems.empty() ? "" : to_text(first.problems[0])));
    std::string again = "ldap:\n  corp:\n";
    std::map<std::string, std::string> sections;
    for (const LdapKey& key : ldap_keys()) {
        const auto& value = first.config->shown.at("ldap.corp." + std::string(key.path)).value;
        const std::size_t dot = key.path.find('.');
        if (dot == std::string_view::npos)
            again += fmt::format("    {}: {}\n", key.path, value);
        else
            sections[std::string(key.path.substr(0, dot))] +=
                fmt::format("      {}: {}\n", key.path.substr(dot + 1), value);
    }
    for (const auto& [name, body] : sections) again += fmt::format("    {}:\n{}", name, body);
    const LoadedConfig second = parse_config(again, "userd.yaml");
    BOOST_REQUIRE_MESSAGE(second.config, (second.problems.empty() ? "" : to_text(second.problems[0])));
    for (const auto& [key, setting] : first.config->shown)
        BOOST_TEST(second.config->shown.at(key).value == setting.value, key);
}

BOOST_AUTO_TEST_CASE(keys_of_sources_can_be_set) {
    for (const char* key : {"ldap.corp.base", "ldap.a-b_1.bind.dn", "users.shell"})
        BOOST_TEST(is_config_key(key));
    for (const char* key :
         {"ldap", "ldap.corp", "ldap.corp.", "ldap..base", "ldap.Corp.base", "ldap.corp.bind"})
        BOOST_TEST(!is_config_key(key), key);
}

BOOST_AUTO_TEST_CASE(filters_are_balanced_and_escaped) {
    const auto text = [](std::string_view filter) { return parse_ldap_filter(filter).value_or("refused"); };
    for (const char* good :
         {"(uid=*)", "(uid=a*b*c)", "(&(a=b)(|(c=d)(!(e>=1)))(f<=2)(g~=h))", "(cn;lang-de=x)", "(2.5.4.3=x)",
          "(uAC:1.2.840.113556.1.4.803:=2)", "(ou:dn:=x)", "(:caseExactMatch:=x)", "(a=\\28\\29\\2a\\5c\\00)",
          "(a=)", "(member=cn=a\\5c,b,dc=c)"})
        BOOST_TEST(text(good) == good);
    BOOST_TEST(text(" ( & (a=b)\n (c=d) ) ") == "(&(a=b)(c=d))");
    for (const char* bad :
         {"", "uid=a", "(uid=a", "(uid=a))", "(uid=a)(b=c)", "()", "(&)", "(!)", "(!(a=b)(c=d))", "(a)",
          "(=b)", "(a b=c)", "(a=\\2)", "(a=\\zz)", "(a=(b)", "(a>=*)", "(a:=*)", "(a;=b)", "(a::=b)"})
        BOOST_TEST(text(bad) == "refused", bad);
    BOOST_TEST(text(std::string_view("(a=\0)", 5)) == "refused");
    std::string deep;
    for (int i = 0; i < 40; ++i) deep += "(!";
    deep += "(a=b)";
    for (int i = 0; i < 40; ++i) deep += ")";
    BOOST_TEST(text(deep) == "refused");
}

BOOST_AUTO_TEST_SUITE_END()
