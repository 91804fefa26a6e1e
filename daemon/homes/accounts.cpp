// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include <cstring>
#include <vector>

#include "common/base/handle.h"

namespace userd::homes {
namespace {

constexpr std::size_t longest_line = 1 << 20;  // of a group with very many members

using File = Handle<FILE, fclose>;

Result<File> open_file(const std::string& path) {
    File file(fopen(path.c_str(), "re"));
    if (!file) return fail(Errc::io, "read {}: {}", path, std::strerror(errno));
    return file;
}

template <typename Holds>
Result<std::optional<Account>> find(const std::string& root, Holds holds) {
    const File file = TRY(open_file(root + "/etc/passwd"));
    std::vector<char> buffer(longest_line);
    passwd entry{}, *found = nullptr;
    int error = 0;
    while ((error = fgetpwent_r(file.get(), &entry, buffer.data(), buffer.size(), &found)) == 0)
        if (holds(*found)) return std::optional(Account{found->pw_name, found->pw_uid, found->pw_gid});
    if (error != ENOENT) return fail(Errc::io, "read /etc/passwd: {}", std::strerror(error));
    return std::optional<Account>();
}

template <typename Holds>
Result<bool> any_group(const std::string& root, Holds holds) {
    const File file = TRY(open_file(root + "/etc/group"));
    std::vector<char> buffer(longest_line);
    group entry{}, *found = nullptr;
    int error = 0;
    while ((error = fgetgrent_r(file.get(), &entry, buffer.data(), buffer.size(), &found)) == 0)
        if (holds(*found)) return true;
    if (error != ENOENT) return fail(Errc::io, "read /etc/group: {}", std::strerror(error));
    return false;
}

}  // namespace

Result<std::optional<Account>> find_account(const std::string& root, std::uint32_t uid) {
    return find(root, [uid](const passwd& entry) { return entry.pw_uid == uid; });
}

Result<std::optional<Account>> find_account(const std::string& root, const std::string& name) {
    return find(root, [&](const passwd& entry) { return name == entry.pw_name; });
}

Result<bool> has_group(const std::string& root, std::uint32_t gid) {
    return any_group(root, [gid](const group& entry) { return entry.gr_gid == gid; });
}

Result<bool> has_group(const std::string& root, const std::string& name) {
    return any_group(root, [&](const group& entry) { return name == entry.gr_name; });
}

}  // namespace userd::homes
