// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/directory/directory.h"
#include "daemon/store/audit.h"
#include "daemon/store/groups.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

namespace userd::test {

using Names = std::vector<std::string>;

// A host's files under a folder of its own.
class HostRoot {
 public:
    void write(std::string_view path, std::string_view text) const {
        const auto whole = std::filesystem::path(folder_ / path);
        std::filesystem::create_directories(whole.parent_path());
        std::ofstream(whole) << text;
    }
    const std::string& path() const { return folder_.path(); }

 private:
    TemporaryFolder folder_;
};

// What is there already becomes a mirror of what the directory server corp has.
inline User mirror_user(store::Store& store, std::string_view name) {
    auto user = must(store.users().find_by_name(name)).value();
    user.source = "ldap:corp";
    auto change = must(store.begin());
    must(store.users().update(user, user.email));
    must(change.commit());
    return user;
}
inline Group mirror_group(store::Store& store, std::string_view name) {
    auto group = must(store.groups().find_by_name(name)).value();
    group.source = "ldap:corp";
    auto change = must(store.begin());
    must(store.groups().update(group));
    must(change.commit());
    return group;
}
inline LdapSource corp_server() {
    LdapSource corp;
    corp.name = "corp";
    corp.uris = {"ldaps://ldap1.example.org"};
    return corp;
}

// A directory over a store in memory (or in a file of the host's folder), on a host with root, bob and a few
// groups.
struct DirectoryFixture {
    explicit DirectoryFixture(std::string_view store_file = {})
        : store_path(store_file.empty() ? ":memory:" : fmt::format("{}/{}", host.path(), store_file)) {
        host.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/bash\n");
        host.write("etc/group", "root:x:0:\nsudo:x:27:carla\nadm:x:4:\nbob:x:1000:\n");
        host.write("etc/subuid", "bob:100000:65536\n");
        host.write("etc/shells", "# comment\n/bin/sh\n/bin/bash\n");
        host.write("etc/userd/local-groups", "sudo:27\n");
        config.local_groups = {"sudo"};
        directory.on_change([this](const ChangeEvent& event) { events.push_back(event); });
    }

    Outcome create(std::string_view name, const Fields& fields = {}) {
        return must(directory.create_user(root, name, fields, {}));
    }
    ObjectId id_of(std::string_view name) { return must(directory.get_user(name)).id; }
    std::vector<store::AuditEntry> trail() { return must(store->audit().list({}, 100)); }

    HostRoot host;
    Config config;
    FakeClock clock;
    const std::string store_path;
    std::unique_ptr<store::Store> store = must(store::Store::open(store_path));
    int published = 0;
    Directory directory{*store,
                        [this]() -> Result<void> {
                            ++published;
                            return {};
                        },
                        config, clock, host.path()};
    std::vector<ChangeEvent> events;
    const Actor root{0, "root", "bus", {}};
};

inline std::string text_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    if (found == fields.end()) return "(none)";
    const auto* text = std::get_if<std::string>(&found->second);
    return text == nullptr ? "(no text)" : *text;
}

inline std::int64_t number_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    const auto* number = found == fields.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return number == nullptr ? -1 : *number;
}

inline std::string list_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    const auto* list =
        found == fields.end() ? nullptr : std::get_if<std::vector<std::string>>(&found->second);
    if (list == nullptr) return "(none)";
    std::string all;
    for (const auto& word : *list) all += (all.empty() ? "" : ",") + word;
    return all;
}

}  // namespace userd::test
