// SPDX-License-Identifier: LGPL-2.1-or-later
// The way to a directory server: inetOrgPerson with posixAccount, and posixGroup with members by name
// (rfc2307, the schema that OpenLDAP ships) or by their entries (rfc2307bis). Hashes of passwords stay here,
// unless root asks for them; keys and codes always do.
#include <algorithm>

#include "daemon/bulk/exported.h"
#include "daemon/bulk/ldif.h"

namespace userd {

namespace {

constexpr std::int64_t day = 86'400;

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view first_of(std::initializer_list<std::string_view> texts) {
    for (const auto text : texts)
        if (!text.empty()) return text;
    return {};
}

// As OpenLDAP names the kinds: slapd-pw-argon2(5), and what crypt(3) of the server's host knows.
std::string server_form(std::string_view record) {
    if (record.empty()) return {};
    return fmt::format("{{{}}}{}", record.starts_with("$argon2") ? "ARGON2" : "CRYPT", record);
}

class Entry {
 public:
    explicit Entry(const std::string& dn) : text_(ldif_line("dn", dn)) {}
    Entry& add(std::string_view attribute, std::string_view value) {
        if (!value.empty()) text_ += ldif_line(attribute, value);
        return *this;
    }
    Entry& add(std::string_view attribute, std::uint64_t number) {
        return add(attribute, std::to_string(number));
    }
    Entry& classes(std::initializer_list<std::string_view> names) {
        for (const auto name : names) add("objectClass", name);
        return *this;
    }
    std::string text() const { return text_ + "\n"; }

 private:
    std::string text_;
};

class Ldif : public ExportWalk {
 public:
    explicit Ldif(const ExportRequest& request)
        : ExportWalk(request),
          base_(request.base),
          by_entry_(request.schema == "rfc2307bis"),
          passwords_(request.passwords) {}

 private:
    // No "version: 1": slapadd takes it for an attribute.
    Result<std::string> head() override { return unit("people") + unit("groups"); }
    Result<std::string> told(const User& user, const Fields&) override {
        const auto record = passwords_ ? TRY(exported_.password_record(user)) : std::string();
        return person(user, server_form(record)) + (user.primary_group ? "" : private_group(user));
    }
    Result<std::string> told(const Group& group, const Fields&) override {
        return posix_group(group, TRY(exported_.users_in(group)));
    }

    std::string unit(std::string_view name) const {
        return Entry(fmt::format("ou={},{}", name, base_))
            .classes({"organizationalUnit"})
            .add("ou", name)
            .text();
    }
    std::string person_dn(std::string_view name) const {
        return fmt::format("uid={},ou=people,{}", dn_value(name), base_);
    }
    Entry group_entry(std::string_view name) const {
        return Entry(fmt::format("cn={},ou=groups,{}", dn_value(name), base_));
    }

    // Who is not active here shall not be active there: shadowExpire lies in the past.
    std::string person(const User& user, const std::string& password) const {
        const auto full = first_of({user.display_name, user.name});
        Entry entry(person_dn(user.name));
        entry.classes({"inetOrgPerson", "posixAccount", "shadowAccount"})
            .add("uid", user.name)
            .add("cn", full)
            .add("sn", first_of({user.last_name, full}))
            .add("givenName", user.first_name)
            .add("displayName", user.display_name)
            .add("mail", is_ascii(user.email) ? user.email : "")
            .add("telephoneNumber", user.phone)
            .add("uidNumber", user.uid)
            .add("gidNumber", user.gid)
            .add("homeDirectory", user.home)
            .add("loginShell", user.shell)
            .add("gecos", is_ascii(user.display_name) ? user.display_name : "")
            .add("userPassword", password);
        if (user.state != UserState::active)
            entry.add("shadowExpire", std::uint64_t{1});
        else if (user.expires)
            entry.add("shadowExpire",
                      static_cast<std::uint64_t>(std::max<std::int64_t>(to_unix(*user.expires) / day, 1)));
        return entry.text();
    }

    std::string private_group(const User& user) const {
        auto entry = group_entry(user.name);
        return start_group(entry, false).add("cn", user.name).add("gidNumber", user.gid).text();
    }

    std::string posix_group(const Group& group, const std::vector<std::string>& members) const {
        auto entry = group_entry(group.name);
        start_group(entry, !members.empty())
            .add("cn", group.name)
            .add("gidNumber", group.gid)
            .add("description", group.description);
        for (const auto& member : members)
            entry.add(by_entry_ ? "member" : "memberUid", by_entry_ ? person_dn(member) : member);
        return entry.text();
    }

    // In rfc2307bis posixGroup stands beside a class of its own; groupOfNames must not be empty.
    Entry& start_group(Entry& entry, bool has_members) const {
        if (by_entry_) entry.add("objectClass", has_members ? "groupOfNames" : "organizationalRole");
        return entry.add("objectClass", "posixGroup");
    }

    const std::string base_;
    const bool by_entry_, passwords_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> export_ldif(ExportRequest request) {
    if (request.base.empty() || !is_dn(request.base))
        return fail(Error{Errc::invalid, "LDIF needs the entry below which all shall lie",
                          "--base dc=example,dc=org", "base"});
    if (request.schema.empty()) request.schema = "rfc2307";
    if (request.schema != "rfc2307" && request.schema != "rfc2307bis")
        return fail(
            Error{Errc::invalid, "the schema is not known here", "one of rfc2307, rfc2307bis", "schema"});
    return std::make_unique<Ldif>(std::move(request));
}

}  // namespace userd
