// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/acl.h"

#include <endian.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace userd::homes {
namespace {

constexpr std::size_t head_size = 4, entry_size = 8;
constexpr std::uint32_t known_version = 2;
constexpr std::uint16_t named_user = 0x02, named_group = 0x08;

struct AclEntry {
    std::uint16_t tag = 0, permissions = 0;
    std::uint32_t id = 0;
};

bool is_acl(std::string_view bytes) {
    std::uint32_t version = 0;
    if (bytes.size() < head_size || (bytes.size() - head_size) % entry_size != 0) return false;
    std::memcpy(&version, bytes.data(), sizeof version);
    return le32toh(version) == known_version;
}

std::vector<AclEntry> parse(std::string_view bytes) {
    std::vector<AclEntry> entries;
    if (!is_acl(bytes)) return entries;
    for (std::size_t at = head_size; at < bytes.size(); at += entry_size) {
        AclEntry entry;
        std::memcpy(&entry.tag, bytes.data() + at, 2);
        std::memcpy(&entry.permissions, bytes.data() + at + 2, 2);
        std::memcpy(&entry.id, bytes.data() + at + 4, 4);
        entries.push_back({le16toh(entry.tag), le16toh(entry.permissions), le32toh(entry.id)});
    }
    return entries;
}

std::string serialise(std::string_view head, const std::vector<AclEntry>& entries) {
    std::string bytes(head.substr(0, head_size));
    for (const auto& entry : entries) {
        const std::uint16_t tag = htole16(entry.tag), permissions = htole16(entry.permissions);
        const std::uint32_t id = htole32(entry.id);
        char raw[entry_size];
        std::memcpy(raw, &tag, 2);
        std::memcpy(raw + 2, &permissions, 2);
        std::memcpy(raw + 4, &id, 4);
        bytes.append(raw, sizeof raw);
    }
    return bytes;
}

bool pass_on(std::vector<AclEntry>& entries, std::uint16_t tag, std::uint32_t from, std::uint32_t to) {
    const auto find = [&](std::uint32_t id) {
        return std::find_if(entries.begin(), entries.end(),
                            [&](const AclEntry& entry) { return entry.tag == tag && entry.id == id; });
    };
    const auto own = find(from);
    if (own == entries.end() || from == to) return false;
    const auto others = find(to);
    if (others == entries.end()) {
        own->id = to;
    } else {
        others->permissions = static_cast<std::uint16_t>(others->permissions | own->permissions);
        entries.erase(own);
    }
    return true;
}

}  // namespace

bool acl_names_user(std::string_view acl, std::uint32_t uid) {
    const auto entries = parse(acl);
    return std::any_of(entries.begin(), entries.end(),
                       [&](const AclEntry& entry) { return entry.tag == named_user && entry.id == uid; });
}

std::string change_acl(std::string_view acl, const AclChange& change) {
    auto entries = parse(acl);
    const bool users = pass_on(entries, named_user, change.uid, change.to_uid);
    const bool groups = pass_on(entries, named_group, change.gid, change.to_gid);
    return users || groups ? serialise(acl, entries) : std::string(acl);
}

}  // namespace userd::homes
