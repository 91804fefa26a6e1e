// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"

namespace userd {

// The host's own accounts, groups and subordinate ids, read as files: the daemon never asks NSS, which would
// ask itself. What is here is the host's and never ours.
class HostFiles {
 public:
    explicit HostFiles(std::string root) : root_(std::move(root)) {}

    // Another one after each reading.
    std::uint64_t version() const { return version_; }
    // Reads all files afresh; one that is not there is empty. After an error the object is as it was.
    Result<void> read();
    // True when a file is another, or was written, since `read`.
    bool changed() const;
    std::vector<std::string> paths() const;

    struct Entry {
        std::string name;
        std::uint32_t id = 0;
        std::string where;  // "/etc/passwd:31"
    };
    const std::vector<Entry>& users() const { return now_.users; }
    const std::vector<Entry>& groups() const { return now_.groups; }
    const Entry* find_user(std::string_view name) const;
    const Entry* find_group(std::string_view name) const;

    // Where a number is used, "/etc/subuid:2 (bob, 100000-165535)", and the first number after that use.
    struct Use {
        std::string where;
        std::uint64_t next = 0;
        bool is_subordinate = false;  // given, or to be given, to a local user's namespaces
        bool is_given = true;         // subordinate: to somebody, in subuid or subgid
    };
    std::optional<Use> use_of_id(std::uint32_t id) const;
    // Numbers for the namespaces of local users: those of subuid and subgid, and those of login.defs, which
    // useradd gives out of.
    struct Range {
        std::uint64_t first = 0, last = 0;  // both included
        std::string where;
        bool is_given = true;
    };
    const std::vector<Range>& subordinate_ranges() const { return now_.ranges; }
    // Where a name stands that a new account of that name would inherit from: passwd, group (also as a
    // member), subuid, subgid, crontab, mail spool.
    std::optional<std::string> use_of_name(std::string_view name) const;

    // The gid of a group that /etc/userd/local-groups lists and /etc/group has under the same number. Never
    // 0.
    std::optional<std::uint32_t> local_group(std::string_view name) const;
    bool is_shell(std::string_view path) const;  // stands in /etc/shells

 private:
    struct Contents {
        std::vector<Entry> users, groups;
        std::unordered_map<std::string, std::size_t> user_by_name, group_by_name;
        std::unordered_map<std::uint32_t, std::string> ids;  // of passwd and group: where
        std::unordered_map<std::string, std::string>
            other_names;  // members and owners of subordinate ids: where
        std::vector<Range> ranges;
        std::map<std::string, std::uint32_t, std::less<>> local_groups;
        std::set<std::string, std::less<>> shells;
        std::map<std::string, std::string> signatures;  // of the files, to see a change
    };
    using Lines = std::function<void(std::string_view line, const std::string& where)>;
    Result<void> each_line(const char* path, const Lines& take) const;
    Result<void> read_passwd(Contents& contents) const;
    Result<void> read_group(Contents& contents) const;
    Result<void> read_subordinate(Contents& contents, const char* path) const;
    Result<void> read_login_defs(Contents& contents) const;
    Result<void> read_local_groups(Contents& contents) const;
    Result<void> read_shells(Contents& contents) const;
    std::string signature(const std::string& path) const;

    std::string root_;
    std::uint64_t version_ = 0;
    Contents now_;
};

}  // namespace userd
