// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "common/wire/ldap.h"
#include "daemon/mirror/mirror.h"
#include "daemon/runtime/loop.h"
#include "daemon/store/groups.h"
#include "daemon/store/remote.h"
#include "daemon/store/users.h"
#include "tests/unit/directory/support.h"

namespace userd::test {

// A list of values in the form of the wire, as long as it lives.
class ValueList {
 public:
    ValueList() = default;
    explicit ValueList(const std::vector<std::string>& values) {
        for (const auto& value : values) add(value);
    }
    void add(std::string_view value) {
        const auto size = static_cast<std::uint32_t>(value.size());
        for (unsigned shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(size >> shift & 0xFFU);
        bytes_ += value;
    }
    wire::Values values() const { return *wire::Values::parse(bytes_, wire::max_ldap_frame); }
    bool empty() const { return bytes_.empty(); }
    void clear() { bytes_.clear(); }

 private:
    std::string bytes_;
};

inline std::string uuid(unsigned number) {
    std::string text(wire::uuid_size, '\0');
    for (unsigned i = 0; i < 4; ++i) text[i] = static_cast<char>(number >> (24 - 8 * i) & 0xFFU);
    return text;
}

template <typename Message>
std::string frame_of(const Message& message) {
    static std::vector<char> buffer(wire::max_ldap_frame);
    const auto size = wire::encode(std::span<char>(buffer), message);
    BOOST_REQUIRE(size != 0);
    return {buffer.data(), size};
}

struct Person {
    unsigned id = 0;  // of its UUID
    std::string name;
    std::uint32_t uid = 0, gid = 0;  // gid 0: the uid
    bool disabled = false;
    std::string shell = {}, dn = {}, display_name = {};
    std::vector<std::string> keys = {};
    std::uint64_t ends_at = 0;
    std::string totp_secret = {};
    std::string where() const { return dn.empty() ? "uid=" + name + ",ou=people,dc=example" : dn; }
};

struct Team {
    unsigned id = 0;
    std::string name;
    std::uint32_t gid = 0;
    std::vector<std::string> members = {};
    bool by_name = false;
    std::string dn = {};
    std::string where() const { return dn.empty() ? "cn=" + name + ",ou=groups,dc=example" : dn; }
};

inline std::string frame_of(const Person& person) {
    const ValueList keys(person.keys);
    const auto id = uuid(person.id), dn = person.where(), home = "/home/" + person.name;
    wire::LdapEntry entry;
    entry.uuid = id;
    entry.dn = dn;
    entry.name = person.name;
    entry.number = person.uid;
    entry.gid = person.gid == 0 ? person.uid : person.gid;
    entry.is_disabled = person.disabled;
    entry.ends_at = person.ends_at;
    entry.display_name = person.display_name;
    entry.shell = person.shell.empty() ? std::string_view("/bin/sh") : person.shell;
    entry.home = home;
    entry.ssh_keys = keys.values();
    entry.has_totp = !person.totp_secret.empty();
    return frame_of(entry);
}

// A directory with one source, corp, as userd-ldap would speak of it.
struct MirrorFixture : DirectoryFixture {
    explicit MirrorFixture(std::string_view store_file = {}) : DirectoryFixture(store_file) {
        LdapSource corp;
        corp.name = "corp";
        corp.uris = {"ldaps://ldap.example"};
        corp.base = "dc=example";
        corp.id_ranges = {{200000, 299999}};
        config.ldap = {corp};
        directory.use_config(config);
        must(directory.refresh_host_files());
        open();
    }
    void open() {
        mirror.emplace(*store, directory, *loop, clock, config);
        spin();
        mirror->begin();
    }
    LdapSource& corp() { return config.ldap.front(); }
    void spin() {
        while (must(loop->run_once(Duration(0)))) {
        }
    }

    MirrorFixture& put(const Person& person) {
        items.add(frame_of(person));
        const auto id = uuid(person.id);
        if (!person.totp_secret.empty()) items.add(frame_of(wire::LdapTotp{id, person.totp_secret}));
        return *this;
    }
    MirrorFixture& put(const Team& team) {
        const auto id = uuid(team.id), dn = team.where();
        wire::LdapEntry entry;
        entry.uuid = id;
        entry.is_group = true;
        entry.dn = dn;
        entry.name = team.name;
        entry.number = team.gid;
        items.add(frame_of(entry));
        const ValueList members(team.members);
        wire::LdapMembers list;
        list.uuid = id;
        list.by_name = team.by_name;
        list.members = members.values();
        items.add(frame_of(list));
        return *this;
    }
    // u1, u2 … u100.
    MirrorFixture& put_crowd(unsigned count) {
        for (unsigned i = 1; i <= count; ++i) put(Person{i, fmt::format("u{}", i), 200000 + i});
        return *this;
    }
    static std::vector<unsigned> up_to(unsigned last) {
        std::vector<unsigned> ids(last);
        std::iota(ids.begin(), ids.end(), 1U);
        return ids;
    }
    MirrorFixture& gone(const std::vector<unsigned>& ids) {
        const ValueList list(uuids(ids));
        items.add(frame_of(wire::LdapGone{list.values()}));
        return *this;
    }
    MirrorFixture& present(const std::vector<unsigned>& ids) {
        const ValueList list(uuids(ids));
        items.add(frame_of(wire::LdapPresent{list.values()}));
        return *this;
    }
    static std::vector<std::string> uuids(const std::vector<unsigned>& ids) {
        std::vector<std::string> all;
        for (const auto id : ids) all.push_back(uuid(id));
        return all;
    }

    void refresh(bool whole = false) { must(mirror->hear(wire::LdapRefresh{"corp", "tie", whole})); }
    void flush() {
        if (items.empty()) return;
        must(mirror->hear(wire::LdapBatch{"corp", items.values()}));
        items.clear();
    }
    void point(wire::LdapPointKind kind, std::string_view cookie = "cookie") {
        flush();
        must(mirror->hear(wire::LdapPoint{"corp", cookie, kind}));
        settle();
    }
    void settle() {
        while (mirror->is_settling()) must(loop->run_once(Duration(0)));
    }
    void change() { point(wire::LdapPointKind::change); }
    // All there is: what was put before, and nothing else.
    void whole() {
        ValueList kept = std::exchange(items, {});
        refresh(true);
        items = kept;
        point(wire::LdapPointKind::refreshed_rest);
    }

    std::optional<User> user(std::string_view name) { return must(store->users().find_by_name(name)); }
    std::optional<Group> group(std::string_view name) { return must(store->groups().find_by_name(name)); }
    // The users in a group, by whatever way, by name.
    std::string members(std::string_view name) {
        const auto found = group(name);
        if (!found) return "(no group)";
        std::string all;
        for (const auto& one : must(store->groups().members(found->id, clock.now(), 0, INT64_MAX)).members)
            all += (all.empty() ? "" : ",") + one.name;
        return all;
    }
    // "name:reason", by DN.
    std::string quarantined() {
        std::string all;
        for (const auto& row : must(mirror->quarantine("corp", 0, 1000)).rows)
            all +=
                fmt::format("{}{}:{}", all.empty() ? "" : " ", text_of(row, "name"), text_of(row, "reason"));
        return all;
    }
    std::int64_t status(std::string_view name) { return number_of(mirror->status().front(), name); }

    std::unique_ptr<Loop> loop = must(Loop::open());
    std::optional<Mirror> mirror;
    ValueList items;
};

}  // namespace userd::test
