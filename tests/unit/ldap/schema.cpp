// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/schema.h"

#include <boost/test/unit_test.hpp>
#include <deque>
#include <map>

#include "daemon/config/ldap_keys.h"

using namespace userd;

namespace {

using Attributes = std::map<std::string, std::vector<std::string>>;

const Time now = from_unix(20'000LL * 86400 + 3600);  // the 20000th day since 1970
const std::string key(16, 'k');
const std::string sid_1106("\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x52\x04\0\0", 28);

// A source whose reader is asked about entries, and what they were made of.
struct Source {
    explicit Source(LdapSource::Schema schema = LdapSource::Schema::rfc2307bis) {
        config.schema = schema;
        if (schema == LdapSource::Schema::ad) config.id_mapping = LdapSource::IdMapping::sssd;
    }

    LdapTaken read(const Attributes& entry, std::string_view dn = "uid=alice,ou=people,dc=example,dc=org",
                   std::string_view uuid = key) {
        if (!reader) reader.emplace(config);
        keep(entry);
        return reader->read({dn, attributes, uuid}, now);
    }
    wire::LdapEntry taken(const Attributes& entry) {
        const auto found = read(entry);
        if (const auto* refused = std::get_if<wire::LdapRefused>(&found))
            BOOST_FAIL(std::string(refused->reason) + ": " + std::string(refused->detail));
        BOOST_REQUIRE(std::holds_alternative<wire::LdapEntry>(found));
        return std::get<wire::LdapEntry>(found);
    }
    std::string refusal(const Attributes& entry) {
        const auto found = read(entry);
        if (std::holds_alternative<LdapPassedOver>(found)) return "passed over";
        if (std::holds_alternative<LdapContainer>(found)) return "container";
        if (std::holds_alternative<wire::LdapEntry>(found)) return "taken";
        BOOST_TEST(!std::get<wire::LdapRefused>(found).detail.empty());
        return std::string(std::get<wire::LdapRefused>(found).reason);
    }
    std::vector<std::string> members() {
        std::vector<std::string> all;
        while (const auto member = reader->next_member()) all.emplace_back(*member);
        return all;
    }
    void keep(const Attributes& entry) {
        texts = entry;
        values.clear();
        attributes.clear();
        for (const auto& [name, list] : texts) {
            values.emplace_back(list.begin(), list.end());
            attributes.push_back({name, values.back()});
        }
    }

    LdapSource config = default_ldap_source("corp");
    std::optional<EntryReader> reader;
    Attributes texts;
    std::deque<std::vector<std::string_view>> values;
    std::vector<LdapAttribute> attributes;
};

Attributes alice(const Attributes& more = {}) {
    Attributes entry{{"objectClass", {"top", "inetOrgPerson", "posixAccount"}},
                     {"uid", {"alice"}},
                     {"uidNumber", {"200001"}},
                     {"gidNumber", {"200100"}},
                     {"homeDirectory", {"/home/alice"}},
                     {"loginShell", {"/bin/bash"}}};
    for (const auto& [name, values] : more) entry[name] = values;
    return entry;
}

Attributes staff(const Attributes& more = {}) {
    Attributes entry{{"objectClass", {"posixGroup"}}, {"cn", {"staff"}}, {"gidNumber", {"200100"}}};
    for (const auto& [name, values] : more) entry[name] = values;
    return entry;
}

Attributes ad_user(const Attributes& more = {}) {
    Attributes entry{{"objectClass", {"top", "person", "organizationalPerson", "user"}},
                     {"sAMAccountName", {"Alice"}},
                     {"objectSid", {sid_1106}},
                     {"primaryGroupID", {"513"}},
                     {"userAccountControl", {"512"}}};
    for (const auto& [name, values] : more) entry[name] = values;
    return entry;
}

std::vector<std::string> texts(wire::Values values) {
    std::vector<std::string> all;
    while (const auto value = values.next()) all.emplace_back(*value);
    return all;
}

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(schema)

BOOST_AUTO_TEST_CASE(a_secret_of_codes_is_read_where_its_attribute_is_named_and_nowhere_else) {
    const std::string secret("\0\n\xFF, and 17 bytes more", 23);
    Source plain;
    BOOST_TEST(!plain.taken(alice({{"oathSecret", {secret}}})).has_totp);
    Source source;
    source.config.attributes["totp_secret"] = "oathSecret";
    BOOST_TEST(source.taken(alice({{"oathSecret", {secret}}})).has_totp);
    BOOST_TEST((source.reader->totp_secret() == secret));
    BOOST_TEST(!source.taken(alice()).has_totp);
    BOOST_TEST(source.reader->totp_secret().empty());
    // Without its secret a password would be enough.
    BOOST_TEST(source.refusal(alice({{"oathSecret", {"too short"}}})) == "bad-value");
    BOOST_TEST(source.refusal(alice({{"oathSecret", {std::string(65, 'x')}}})) == "bad-value");
    BOOST_TEST(source.refusal(alice({{"oathSecret", {secret, secret + "2"}}})) == "bad-value");
    BOOST_TEST(source.reader->totp_secret().empty());
}

BOOST_AUTO_TEST_CASE(a_posix_account_is_a_user) {
    Source source;
    const auto user = source.taken(
        alice({{"givenName", {"Alice"}},
               {"sn", {"Liddell"}},
               {"cn", {"Alice L."}},
               {"gecos", {"Alice Liddell,Room 1,+44"}},
               {"mail", {"alice@example.org", "al@example.org"}},
               {"telephoneNumber", {"+44 123 456789"}},
               {"sshPublicKey", {"ssh-ed25519 AAAA a\n# none\r\nssh-rsa BBBB b\n", "ssh-rsa C\x01"}}}));
    BOOST_TEST(user.uuid == key);
    BOOST_TEST(!user.is_group);
    BOOST_TEST(user.dn == "uid=alice,ou=people,dc=example,dc=org");
    BOOST_TEST(user.name == "alice");
    BOOST_TEST(user.number == 200001U);
    BOOST_TEST(user.gid == 200100U);
    BOOST_TEST(user.first_name == "Alice");
    BOOST_TEST(user.last_name == "Liddell");
    BOOST_TEST(user.display_name == "Alice Liddell");
    BOOST_TEST(user.email == "alice@example.org");
    BOOST_TEST(user.phone == "+44 123 456789");
    BOOST_TEST(user.shell == "/bin/bash");
    BOOST_TEST(user.home == "/home/alice");
    BOOST_TEST(!user.is_disabled);
    BOOST_TEST(texts(user.ssh_keys) == (Texts{"ssh-ed25519 AAAA a", "ssh-rsa BBBB b"}));
    // Names of attributes have no case, and options: cn;lang-en
    BOOST_TEST(source.taken(alice({{"CN;lang-en", {"Alice"}}})).display_name == "Alice");
    BOOST_TEST(source.taken(alice({{"displayName", {"D"}}, {"cn", {"C"}}})).display_name == "D");
}

BOOST_AUTO_TEST_CASE(what_the_server_says_of_an_entry_goes_into_a_frame) {
    Source source;
    const auto user = source.taken(alice({{"sshPublicKey", {"ssh-ed25519 AAAA a"}}, {"cn", {"a\0b"}}}));
    std::vector<char> frame(wire::max_ldap_frame);
    const std::size_t size = encode(frame, user);
    BOOST_REQUIRE(size > 0);
    const auto read = wire::decode_ldap_entry({frame.data(), size});
    BOOST_REQUIRE(read);
    BOOST_TEST(read->name == "alice");
    BOOST_TEST(texts(read->ssh_keys) == Texts{"ssh-ed25519 AAAA a"});
}

BOOST_AUTO_TEST_CASE(an_entry_with_two_numbers_or_names_is_refused) {
    Source source;
    BOOST_TEST(source.refusal(alice()) == "taken");
    BOOST_TEST(source.refusal(alice({{"uidNumber", {"200001", "0"}}})) == "several-ids");
    BOOST_TEST(source.refusal(alice({{"gidNumber", {"1", "2"}}})) == "several-ids");
    BOOST_TEST(source.refusal(alice({{"uid", {"alice", "root"}}})) == "several-names");
    BOOST_TEST(source.refusal(alice({{"uidNumber", {}}})) == "no-id");
    BOOST_TEST(source.refusal(alice({{"gidNumber", {}}})) == "no-id");
    for (const char* number :
         {"0", "-1", "+5", " 5", "5 ", "0x10", "4294967296", "18446744073709551617", "many", ""})
        BOOST_TEST(source.refusal(alice({{"uidNumber", {number}}})) == "bad-id", number);
    BOOST_TEST(source.taken(alice({{"uidNumber", {"4294967295"}}})).number ==
               4294967295U);  // the core's word
    BOOST_TEST(source.refusal(staff({{"gidNumber", {"1", "2"}}})) == "several-ids");
    BOOST_TEST(source.refusal(staff({{"cn", {"staff", "wheel"}}})) == "several-names");
}

BOOST_AUTO_TEST_CASE(a_name_that_would_break_passwd_is_refused) {
    Source source;
    for (const char* name : {"", "a:b", "-rf", "..", "a/b", "1234", "a\nb", "\xff", "a,b"})
        BOOST_TEST(source.refusal(alice({{"uid", {name}}})) == "bad-name", name);
    BOOST_TEST(source.refusal(alice({{"uid", {std::string("a\0b", 3)}}})) == "bad-name");
    BOOST_TEST(source.refusal(alice({{"uid", {std::string(256, 'a')}}})) == "bad-name");
    BOOST_TEST(source.refusal(alice({{"uid", {}}})) == "bad-name");
    for (const char* name : {"Alice", "a.b", "j\xc3\xb6rg", "a b"})
        BOOST_TEST(source.taken(alice({{"uid", {name}}})).name == name);
}

// What the host puts in their place is the core's to know.
BOOST_AUTO_TEST_CASE(shells_and_homes_are_the_servers) {
    Source source;
    source.config.overrides = {"/bin/zsh", "/bin/sh", "/srv/{name}", "/nfs"};
    const auto user = source.taken(alice({{"homeDirectory", {"/nfs/home/alice"}}}));
    BOOST_TEST(user.shell == "/bin/bash");
    BOOST_TEST(user.home == "/nfs/home/alice");
    BOOST_TEST(source.taken(alice({{"loginShell", {}}})).shell == "");
    // No shell at all may be what keeps somebody out: it must not become another one.
    for (const char* path : {"nologin", "/bin/a:b", "/bin/\n", "sh /bin/x"}) {
        BOOST_TEST(source.refusal(alice({{"loginShell", {path}}})) == "bad-value");
        BOOST_TEST(source.taken(alice({{"homeDirectory", {path}}})).home == "");
    }
}

// I-10: an account that its server has closed.
BOOST_AUTO_TEST_CASE(an_account_is_disabled_by_its_servers_own_means) {
    Source source;
    const auto disabled = [&](const char* name, const char* value) {
        return source.taken(alice({{name, {value}}})).is_disabled;
    };
    BOOST_TEST(disabled("shadowExpire", "20000"));
    BOOST_TEST(disabled("shadowExpire", "1"));
    BOOST_TEST(disabled("shadowExpire", "0"));
    BOOST_TEST(disabled("shadowExpire", "rubbish"));
    BOOST_TEST(!disabled("shadowExpire", "20001"));
    BOOST_TEST(!disabled("shadowExpire", "-1"));
    const auto ends_at = [&](const char* name, const char* value) {
        return source.taken(alice({{name, {value}}})).ends_at;
    };
    BOOST_TEST(ends_at("shadowExpire", "20001") == 20001U * 86400);
    for (const char* value : {"20000", "-1", "rubbish", "106751991167", "9223372036854775807"})
        BOOST_TEST(ends_at("shadowExpire", value) == 0U, value);
    BOOST_TEST(disabled("pwdAccountLockedTime", "000001010000Z"));
    BOOST_TEST(
        !disabled("pwdAccountLockedTime", "20241004000000Z"));  // for a while: the server says so itself
    BOOST_TEST(disabled("nsAccountLock", "TRUE"));
    BOOST_TEST(disabled("nsAccountLock", "x"));
    BOOST_TEST(!disabled("nsAccountLock", "FALSE"));
    Source ad(LdapSource::Schema::ad);
    const auto ad_disabled = [&](const char* name, const char* value) {
        return ad.taken(ad_user({{name, {value}}})).is_disabled;
    };
    BOOST_TEST(ad_disabled("userAccountControl", "514"));
    BOOST_TEST(ad_disabled("userAccountControl", "rubbish"));
    BOOST_TEST(!ad_disabled("userAccountControl", "66048"));
    BOOST_TEST(!ad_disabled("accountExpires", "0"));
    BOOST_TEST(!ad_disabled("accountExpires", "9223372036854775807"));
    BOOST_TEST(ad_disabled("accountExpires", "133000000000000000"));   // 2022
    BOOST_TEST(!ad_disabled("accountExpires", "139000000000000000"));  // 2041
    BOOST_TEST(ad.taken(ad_user({{"accountExpires", {"139000000000000000"}}})).ends_at == 2255526400U);
    BOOST_TEST(ad.taken(ad_user({{"accountExpires", {"0"}}})).ends_at == 0U);
    BOOST_TEST(ad.taken(ad_user({{"accountExpires", {"9223372036854775806"}}})).ends_at == 0U);
}

BOOST_AUTO_TEST_CASE(members_are_names_in_rfc2307_and_dns_in_its_successor) {
    Source names(LdapSource::Schema::rfc2307);
    const auto group =
        names.taken(staff({{"memberUid", {"alice", "bob", "a:b", ""}}, {"member", {"uid=x,dc=y"}}}));
    BOOST_TEST(group.is_group);
    BOOST_TEST(group.name == "staff");
    BOOST_TEST(group.number == 200100U);
    BOOST_TEST(names.reader->members_by_name());
    BOOST_TEST(names.members() == (Texts{"alice", "bob"}));
    Source dns;
    dns.taken(staff({{"member", {"UID=Alice,dc=X", "rubbish", "cn=Smith\\, J,dc=x"}},
                     {"uniqueMember", {"uid=bob,dc=x#'0101'B", "uid=eve#'01'B,dc=x", "uid=carol,dc=x"}},
                     {"memberUid", {"dora"}},
                     {"description", {"All of us"}}}));
    BOOST_TEST(!dns.reader->members_by_name());
    BOOST_TEST(dns.members() == (Texts{"uid=alice,dc=x", R"(cn=smith\2c j,dc=x)", "uid=bob,dc=x",
                                       "uid=eve#'01'b,dc=x", "uid=carol,dc=x"}));
    dns.taken(staff({{"description", {"All of us"}}}));
    BOOST_TEST(dns.members().empty());
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_refused) {
    Source source;
    BOOST_TEST(source.refusal(alice({{"cn", {std::string(wire::max_ldap_value, 'x')}}})) == "taken");
    BOOST_TEST(source.refusal(alice({{"cn", {std::string(wire::max_ldap_value + 1, 'x')}}})) == "oversized");
    BOOST_TEST(source.refusal(alice({{"sshPublicKey", Texts(17, std::string(wire::max_ldap_value, 'x'))}})) ==
               "oversized");
    const Texts many(wire::max_members, "uid=a,dc=x");
    BOOST_TEST(source.refusal(staff({{"member", many}})) == "taken");
    BOOST_TEST(source.members().size() == wire::max_members);
    BOOST_TEST(source.refusal(staff({{"member", many}, {"uniqueMember", {"uid=b,dc=x"}}})) == "oversized");
}

BOOST_AUTO_TEST_CASE(what_is_neither_user_nor_group_is_passed_over) {
    Source source;
    BOOST_TEST(source.refusal({{"objectClass", {"device"}}, {"cn", {"printer"}}}) == "passed over");
    BOOST_TEST(source.refusal({}) == "passed over");
    Source ad(LdapSource::Schema::ad);
    BOOST_TEST(ad.refusal(ad_user({{"objectClass", {"user", "computer"}}})) == "passed over");
    BOOST_TEST(ad.refusal(ad_user({{"sAMAccountName", {"TRUST$"}}})) == "passed over");
    const auto group = [&](const char* type, const std::string& sid) {
        return ad.refusal({{"objectClass", {"group"}},
                           {"sAMAccountName", {"G"}},
                           {"groupType", {type}},
                           {"objectSid", {sid}}});
    };
    BOOST_TEST(group("-2147483646", sid_1106) == "taken");
    BOOST_TEST(group("2", sid_1106) == "passed over");  // a mailing list
    BOOST_TEST(group("-2147483643", std::string("\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0", 16)) ==
               "passed over");
}

BOOST_AUTO_TEST_CASE(active_directory_has_numbers_in_its_sids) {
    Source source(LdapSource::Schema::ad);
    const auto user =
        source.taken(ad_user({{"unixHomeDirectory", {"/home/alice"}}, {"displayName", {"Alice L."}}}));
    BOOST_TEST(user.name == "alice");
    IdSlices slices;
    BOOST_TEST(user.number == *slices.id_of(*Sid::parse("S-1-5-21-1-2-3-1106")));
    BOOST_TEST(user.gid == user.number - 1106 + 513);
    BOOST_TEST(user.home == "/home/alice");
    BOOST_TEST(user.display_name == "Alice L.");
    BOOST_TEST(source.refusal(ad_user({{"objectSid", {}}})) == "no-id");
    BOOST_TEST(source.refusal(ad_user({{"objectSid", {"S-1-5"}}})) == "bad-id");
    BOOST_TEST(source.refusal(ad_user({{"objectSid", {sid_1106, sid_1106}}})) == "several-ids");
    BOOST_TEST(source.refusal(ad_user({{"primaryGroupID", {}}})) == "no-id");
    BOOST_TEST(source.refusal(ad_user({{"primaryGroupID", {"4294967296"}}})) == "no-id");
    Source numbered(LdapSource::Schema::ad);
    numbered.config.id_mapping = LdapSource::IdMapping::none;
    BOOST_TEST(numbered.refusal(ad_user()) == "no-id");
    BOOST_TEST(numbered.taken(ad_user({{"uidNumber", {"5000"}}, {"gidNumber", {"5001"}}})).number == 5000U);
}

BOOST_AUTO_TEST_CASE(active_directory_hands_large_groups_out_in_ranges) {
    Source source(LdapSource::Schema::ad);
    const Attributes group{{"objectClass", {"group"}},
                           {"sAMAccountName", {"All"}},
                           {"objectSid", {sid_1106}},
                           {"member", {}},
                           {"member;range=0-1", {"cn=A,dc=x", "cn=B,dc=x"}}};
    source.taken(group);
    BOOST_TEST(source.reader->more_members() == "member;range=2-*");
    BOOST_TEST(source.members() == (Texts{"cn=a,dc=x", "cn=b,dc=x"}));
    source.keep({{"member;range=2-*", {"cn=C,dc=x"}}});
    source.reader->read_more_members(source.attributes);
    BOOST_TEST(source.reader->more_members() == "");
    BOOST_TEST(source.members() == Texts{"cn=c,dc=x"});
    for (const char* name :
         {"member;range=", "member;range=0", "member;range=0-", "member;range=0-18446744073709551615"}) {
        source.keep({{name, {"cn=C,dc=x"}}});
        source.reader->read_more_members(source.attributes);
        BOOST_TEST(source.reader->more_members() == "", name);
    }
}

BOOST_AUTO_TEST_CASE(an_entry_without_key_or_dn_is_refused) {
    Source source;
    const auto read = [&](const Attributes& entry, std::string_view dn, std::string_view uuid) {
        const auto found = source.read(entry, dn, uuid);
        const auto* refused = std::get_if<wire::LdapRefused>(&found);
        return refused ? std::string(refused->reason) : "taken";
    };
    const std::string_view dn = "uid=alice,dc=x";
    BOOST_TEST(read(alice(), dn, key) == "taken");
    BOOST_TEST(read(alice(), dn, "") == "bad-value");
    BOOST_TEST(read(alice(), dn, std::string(16, '\0')) == "bad-value");
    BOOST_TEST(read(alice(), dn, "short") == "bad-value");
    BOOST_TEST(read(alice({{"entryUUID", {"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}}}), dn, "") == "taken");
    BOOST_TEST(read(alice({{"entryUUID", {"00000000-0000-0000-0000-000000000000"}}}), dn, "") == "bad-value");
    for (const char* bad : {"", "rubbish", "uid=a\n,"}) {
        BOOST_TEST(read(alice(), bad, key) == "bad-value");
        const auto found = source.read(alice(), bad, key);
        std::vector<char> frame(wire::max_ldap_frame);
        BOOST_TEST(encode(frame, std::get<wire::LdapRefused>(found)) > 0U);
    }
    Source ad(LdapSource::Schema::ad);
    BOOST_TEST(ad.reader.emplace(ad.config).uuid_attribute() == "objectGUID");
    const std::string guid("\x10\xb8\xa7\x6b\xad\x9d\xd1\x11\x80\xb4\x00\xc0\x4f\xd4\x30\xc8", 16);
    const auto found = ad.read(ad_user({{"objectGUID", {guid}}}), dn, "");
    BOOST_TEST((std::get<wire::LdapEntry>(found).uuid ==
                parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8")->view()));
}

BOOST_AUTO_TEST_CASE(every_attribute_can_be_called_otherwise) {
    for (const auto schema :
         {LdapSource::Schema::rfc2307, LdapSource::Schema::rfc2307bis, LdapSource::Schema::ad})
        for (const std::string_view ours : ldap_attribute_names()) {
            Source source(schema);
            source.config.attributes[std::string(ours)] = "theirOwn";
            source.reader.emplace(source.config);
            const auto& wanted = source.reader->attributes();
            BOOST_TEST((std::find(wanted.begin(), wanted.end(), "theirOwn") != wanted.end()), ours);
        }
    Source source;
    source.config.attributes = {{"name", "samName"}, {"ssh_keys", "ipaSshPubKey"}, {"uuid", "nsUniqueId"}};
    auto entry = alice({{"samName", {"al"}},
                        {"ipasshpubkey", {"ssh-rsa A"}},
                        {"nsUniqueId", {"6ba7b810-9dad11d1-80b400c0-4fd430c8"}}});
    const auto user = source.read(entry, "uid=alice,dc=x", "");
    BOOST_TEST(std::get<wire::LdapEntry>(user).name == "al");
    BOOST_TEST(texts(std::get<wire::LdapEntry>(user).ssh_keys) == Texts{"ssh-rsa A"});
    BOOST_TEST(source.reader->user_named("a*").text() == R"((&(objectClass=posixAccount)(samName=a\2a)))");
}

BOOST_AUTO_TEST_CASE(what_others_stand_below_is_told_with_where_it_stands) {
    Source source;
    source.config.base = "DC=Example, dc=org";
    const auto at = [&](std::string_view dn, const char* object_class) {
        const auto found = source.read({{"objectClass", {"top", object_class}}}, dn);
        const auto* container = std::get_if<LdapContainer>(&found);
        return container != nullptr && container->uuid == key ? std::string(container->dn) : "none";
    };
    BOOST_TEST(at("OU=People, DC=example,dc=org", "organizationalUnit") == "ou=people,dc=example,dc=org");
    BOOST_TEST(at("cn=Users,dc=example,dc=org", "container") == "cn=users,dc=example,dc=org");
    BOOST_TEST(at("dc=example,dc=org", "domain") == "none");  // the base: it has no other place
    BOOST_TEST(at("cn=x,dc=example,dc=org", "device") == "none");
    const Attributes unit{
        {"objectClass", {"organizationalUnit"}}};  // without a key it could not be known again
    BOOST_TEST(std::holds_alternative<LdapPassedOver>(source.read(unit, "ou=x,dc=example,dc=org", "")));
    BOOST_TEST(source.reader->filter_with_containers().text().find("(objectClass=organizationalUnit)") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_schema_asks_for_its_classes_and_what_the_configuration_adds) {
    Source source;
    source.config.user_filter = "(title=x)";
    source.reader.emplace(source.config);
    BOOST_TEST(source.reader->filter().text() ==
               "(|(&(objectClass=posixAccount)(title=x))(objectClass=posixGroup))");
    Source ad(LdapSource::Schema::ad);
    ad.reader.emplace(ad.config);
    BOOST_TEST(ad.reader->user_filter().text() == "(&(objectClass=user)(!(objectClass=computer)))");
    ad.config.id_mapping = LdapSource::IdMapping::none;
    ad.reader.emplace(ad.config);
    BOOST_TEST(ad.reader->user_filter().text() ==
               "(&(objectClass=user)(!(objectClass=computer))(uidNumber=*))");
    BOOST_TEST(ad.reader->group_filter().text() == "(&(objectClass=group)(gidNumber=*))");
    const auto& wanted = source.reader->attributes();
    for (const char* name : {"objectClass", "member", "uniqueMember", "shadowExpire", "entryUUID"})
        BOOST_TEST((std::find(wanted.begin(), wanted.end(), name) != wanted.end()), name);
}

BOOST_AUTO_TEST_SUITE_END()
