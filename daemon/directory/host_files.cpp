// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/host_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/fd.h"
#include "common/base/text.h"

// passwd(5), group(5), subuid(5), subgid(5), login.defs(5), shells(5). Lines that do not parse are left out,
// as the C library does: other people's files are not ours to refuse.
namespace userd {

namespace {

constexpr std::size_t most_bytes = 64U << 20;
constexpr const char* files[] = {"/etc/passwd", "/etc/group",      "/etc/subuid",
                                 "/etc/subgid", "/etc/login.defs", "/etc/userd/local-groups",
                                 "/etc/shells"};

// Empty when there is no such file.
Result<std::string> read_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd && errno == ENOENT) return std::string();
    if (!fd) return fail(Errc::io, "read {}: {}", path, std::strerror(errno));
    std::string text;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail(Errc::io, "read {}: {}", path, std::strerror(errno));
        if (size == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(size));
        if (text.size() > most_bytes) return fail(Errc::io, "read {}: it has more than 64 MiB", path);
    }
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
    const auto number = parse_number(text);
    if (!number || *number > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

bool exists(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0;
}

}  // namespace

std::vector<std::string> HostFiles::paths() const {
    std::vector<std::string> all;
    for (const char* file : files) all.push_back(root_ + file);
    return all;
}

std::string HostFiles::signature(const std::string& path) const {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return {};
    return fmt::format("{}:{}:{}:{}.{}:{}.{}", about.st_dev, about.st_ino, about.st_size,
                       about.st_mtim.tv_sec, about.st_mtim.tv_nsec, about.st_ctim.tv_sec,
                       about.st_ctim.tv_nsec);
}

bool HostFiles::changed() const {
    for (const auto& path : paths()) {
        const auto known = now_.signatures.find(path);
        if (known == now_.signatures.end() || known->second != signature(path)) return true;
    }
    return false;
}

Result<void> HostFiles::read() {
    Contents fresh;
    // The signatures first: a file that changes while it is read counts as changed.
    for (const auto& path : paths()) fresh.signatures[path] = signature(path);
    TRY(read_passwd(fresh));
    TRY(read_group(fresh));
    TRY(read_subordinate(fresh, "/etc/subuid"));
    TRY(read_subordinate(fresh, "/etc/subgid"));
    TRY(read_login_defs(fresh));
    TRY(read_local_groups(fresh));
    TRY(read_shells(fresh));
    now_ = std::move(fresh);
    ++version_;
    return {};
}

Result<void> HostFiles::each_line(const char* path, const Lines& take) const {
    const auto text = TRY(read_file(root_ + path));
    unsigned number = 0;
    for (const auto line : split(text, '\n')) {
        ++number;
        const auto content = trimmed(line);
        if (content.empty() || content[0] == '#') continue;
        take(content, fmt::format("{}:{}", path, number));
    }
    return {};
}

Result<void> HostFiles::read_passwd(Contents& contents) const {
    return each_line("/etc/passwd", [&](std::string_view line, const std::string& where) {
        const auto parts = split(line, ':');
        if (parts.size() < 4) return;
        const auto uid = parse_id(parts[2]), gid = parse_id(parts[3]);
        if (!uid) return;
        const auto name = std::string(parts[0]);
        contents.user_by_name.try_emplace(name, contents.users.size());
        contents.users.push_back({name, *uid, where});
        contents.ids.try_emplace(*uid, fmt::format("{} ({})", where, name));
        if (gid) contents.ids.try_emplace(*gid, fmt::format("{} (group of {})", where, name));
    });
}

Result<void> HostFiles::read_group(Contents& contents) const {
    return each_line("/etc/group", [&](std::string_view line, const std::string& where) {
        const auto parts = split(line, ':');
        if (parts.size() < 3) return;
        const auto gid = parse_id(parts[2]);
        if (!gid) return;
        const auto name = std::string(parts[0]);
        contents.group_by_name.try_emplace(name, contents.groups.size());
        contents.groups.push_back({name, *gid, where});
        contents.ids.try_emplace(*gid, fmt::format("{} (group {})", where, name));
        if (parts.size() < 4) return;
        for (const auto member : split(parts[3], ','))
            if (!member.empty())
                contents.other_names.try_emplace(std::string(trimmed(member)),
                                                 fmt::format("{} (in {})", where, name));
    });
}

Result<void> HostFiles::read_subordinate(Contents& contents, const char* path) const {
    return each_line(path, [&](std::string_view line, const std::string& where) {
        const auto parts = split(line, ':');
        if (parts.size() != 3) return;
        const auto first = parse_id(parts[1]), count = parse_id(parts[2]);
        if (!first || !count || *count == 0) return;
        const std::uint64_t last = std::uint64_t{*first} + *count - 1;
        contents.ranges.push_back(
            {*first, last, fmt::format("{} ({}, {}-{})", where, parts[0], *first, last)});
        contents.other_names.try_emplace(std::string(parts[0]), where);
    });
}

// useradd hands subordinate ids out from these ranges: what it may give out tomorrow is as bad as what it
// gave.
Result<void> HostFiles::read_login_defs(Contents& contents) const {
    if (!exists(root_ + "/etc/login.defs")) return {};
    std::map<std::string, std::uint32_t, std::less<>> numbers = {
        {"SUB_UID_MIN", 100000}, {"SUB_UID_MAX", 600100000}, {"SUB_UID_COUNT", 65536},
        {"SUB_GID_MIN", 100000}, {"SUB_GID_MAX", 600100000}, {"SUB_GID_COUNT", 65536}};
    TRY(each_line("/etc/login.defs", [&](std::string_view line, const std::string&) {
        const auto end = line.find_first_of(" \t");
        if (end == std::string_view::npos) return;
        const auto known = numbers.find(line.substr(0, end));
        const auto value = parse_id(trimmed(line.substr(end)));
        if (known != numbers.end() && value) known->second = *value;
    }));
    for (const std::string kind : {"SUB_UID", "SUB_GID"}) {
        const auto first = numbers[kind + "_MIN"], last = numbers[kind + "_MAX"];
        if (numbers[kind + "_COUNT"] == 0 || first > last) continue;
        contents.ranges.push_back(
            {first, last, fmt::format("/etc/login.defs ({}, {}-{})", kind, first, last), false});
    }
    return {};
}

Result<void> HostFiles::read_local_groups(Contents& contents) const {
    const auto path = root_ + "/etc/userd/local-groups";
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return {};
    // Under another root (tests) the files belong to who runs the program.
    const bool owned = about.st_uid == 0 || (!root_.empty() && about.st_uid == ::geteuid());
    if (!owned || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) return {};
    return each_line("/etc/userd/local-groups", [&](std::string_view line, const std::string&) {
        const auto parts = split(line, ':');
        if (parts.size() != 2) return;
        const auto gid = parse_id(parts[1]);
        if (gid && *gid != 0) contents.local_groups.try_emplace(std::string(parts[0]), *gid);
    });
}

Result<void> HostFiles::read_shells(Contents& contents) const {
    return each_line("/etc/shells",
                     [&](std::string_view line, const std::string&) { contents.shells.emplace(line); });
}

const HostFiles::Entry* HostFiles::find_user(std::string_view name) const {
    const auto found = now_.user_by_name.find(std::string(name));
    return found == now_.user_by_name.end() ? nullptr : &now_.users[found->second];
}

const HostFiles::Entry* HostFiles::find_group(std::string_view name) const {
    const auto found = now_.group_by_name.find(std::string(name));
    return found == now_.group_by_name.end() ? nullptr : &now_.groups[found->second];
}

std::optional<HostFiles::Use> HostFiles::use_of_id(std::uint32_t id) const {
    if (const auto found = now_.ids.find(id); found != now_.ids.end())
        return Use{found->second, std::uint64_t{id} + 1};
    for (const auto& range : now_.ranges)
        if (id >= range.first && id <= range.last)
            return Use{range.where, range.last + 1, true, range.is_given};
    return std::nullopt;
}

std::optional<std::string> HostFiles::use_of_name(std::string_view name) const {
    if (const auto* user = find_user(name)) return user->where;
    if (const auto* group = find_group(name)) return group->where;
    if (const auto found = now_.other_names.find(std::string(name)); found != now_.other_names.end())
        return found->second;
    for (const char* folder : {"/var/spool/cron/crontabs/", "/var/mail/"})
        if (const auto path = folder + std::string(name); exists(root_ + path)) return path;
    return std::nullopt;
}

std::optional<std::uint32_t> HostFiles::local_group(std::string_view name) const {
    const auto listed = now_.local_groups.find(name);
    const auto* group = find_group(name);
    if (listed == now_.local_groups.end() || group == nullptr || group->id != listed->second)
        return std::nullopt;
    return listed->second;
}

bool HostFiles::is_shell(std::string_view path) const {
    return now_.shells.find(path) != now_.shells.end();
}

}  // namespace userd
