// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/publish/records.h"

#include <cstring>
#include <limits>

namespace userd::publish {
namespace {

using namespace snapshot;

constexpr std::size_t max_name = 255;
constexpr std::size_t max_16_bit = std::numeric_limits<std::uint16_t>::max();
constexpr std::size_t max_record = std::size_t{1} << 31U;

void append_text(std::string& out, std::string_view text) {
    out += text;
    out += '\0';
}

template <typename T>
void append_value(std::string& out, const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void pad(std::string& out, std::size_t to) {
    out.resize(aligned(out.size(), to), '\0');
}

// The head is written last, when the size is known.
template <typename T>
void set_head(std::string& out, std::size_t at, const T& head) {
    std::memcpy(out.data() + at, &head, sizeof head);
}

template <typename Members>
std::vector<End> ends_of(const Members& members) {
    std::vector<End> ends;
    for (std::size_t i = 0; i < members.size(); ++i)
        if (members[i].until != 0)
            ends.push_back(
                {.index = static_cast<std::uint32_t>(i), .reserved = 0, .until = members[i].until});
    return ends;
}

}  // namespace

Result<void> append_user(std::string& out, const PublicUser& user) {
    const std::size_t strings =
        user.name.size() + user.display_name.size() + user.home.size() + user.shell.size() + 4;
    const auto ends = ends_of(user.groups);
    if (user.name.size() > max_name || strings > max_16_bit || user.groups.size() > max_16_bit)
        return fail(Errc::limits, "user {}: names, paths or groups too long for the snapshot", user.uid);

    const std::size_t at = out.size();
    out.resize(at + sizeof(User));
    append_text(out, user.name);
    append_text(out, user.display_name);
    const std::size_t home_at = out.size() - at - name_offset;
    append_text(out, user.home);
    const std::size_t shell_at = out.size() - at - name_offset;
    append_text(out, user.shell);
    pad(out, 4);
    for (const PublicMembership& membership : user.groups) append_value(out, membership.gid);
    pad(out, 8);
    for (const End& end : ends) append_value(out, end);
    set_head(out, at,
             User{.size = static_cast<std::uint32_t>(out.size() - at),
                  .uid = user.uid,
                  .name_size = static_cast<std::uint8_t>(user.name.size()),
                  .flags = user.listed ? std::uint8_t{0} : record_unlisted,
                  .home_at = static_cast<std::uint16_t>(home_at),
                  .gid = user.gid,
                  .shell_at = static_cast<std::uint16_t>(shell_at),
                  .strings_size = static_cast<std::uint16_t>(strings),
                  .group_count = static_cast<std::uint16_t>(user.groups.size()),
                  .end_count = static_cast<std::uint16_t>(ends.size())});
    return {};
}

Result<void> append_group(std::string& out, const PublicGroup& group,
                          const std::vector<NamedMember>& members) {
    std::size_t names = 0;
    for (const NamedMember& member : members) names += member.name.size() + 1;
    const auto ends = ends_of(members);
    if (group.name.size() > max_name || names + members.size() + ends.size() * sizeof(End) > max_record)
        return fail(Errc::limits, "group {}: too large for the snapshot", group.gid);

    const std::size_t at = out.size();
    out.resize(at + sizeof(Group));
    append_text(out, group.name);
    for (const NamedMember& member : members) out += static_cast<char>(member.name.size());
    for (const NamedMember& member : members) append_text(out, member.name);
    pad(out, 8);
    for (const End& end : ends) append_value(out, end);
    set_head(out, at,
             Group{.size = static_cast<std::uint32_t>(out.size() - at),
                   .gid = group.gid,
                   .name_size = static_cast<std::uint8_t>(group.name.size()),
                   .flags = group.listed ? std::uint8_t{0} : record_unlisted,
                   .reserved = 0,
                   .member_count = static_cast<std::uint32_t>(members.size()),
                   .names_size = static_cast<std::uint32_t>(names),
                   .end_count = static_cast<std::uint32_t>(ends.size())});
    return {};
}

Result<void> append_patch(std::string& out, const PublicGroupChange& change) {
    if (change.name.size() > max_name ||
        change.joined.size() * sizeof(Joined) + change.left.size() * sizeof(std::uint32_t) > max_record)
        return fail(Errc::limits, "group {}: too large for the snapshot", change.gid);

    const std::size_t at = out.size();
    out.resize(at + sizeof(GroupPatch));
    append_text(out, change.name);
    pad(out, 8);
    for (const PublicMember& member : change.joined)
        append_value(out, Joined{.uid = member.uid, .reserved = 0, .until = member.until});
    for (const std::uint32_t uid : change.left) append_value(out, uid);
    pad(out, 8);
    set_head(out, at,
             GroupPatch{.size = static_cast<std::uint32_t>(out.size() - at),
                        .gid = change.gid,
                        .name_size = static_cast<std::uint8_t>(change.name.size()),
                        .flags = change.listed ? std::uint8_t{0} : record_unlisted,
                        .reserved = 0,
                        .joined_count = static_cast<std::uint32_t>(change.joined.size()),
                        .left_count = static_cast<std::uint32_t>(change.left.size()),
                        .reserved2 = 0});
    return {};
}

void append_mark(std::string& out, std::uint32_t id, std::string_view name, std::uint8_t flags) {
    const std::size_t at = out.size();
    out.resize(at + name_offset);
    append_text(out, name);
    pad(out, 8);
    set_head(out, at,
             Record{.size = static_cast<std::uint32_t>(out.size() - at),
                    .id = id,
                    .name_size = static_cast<std::uint8_t>(name.size()),
                    .flags = flags,
                    .by_kind = 0});
}

}  // namespace userd::publish
