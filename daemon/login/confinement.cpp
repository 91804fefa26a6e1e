// SPDX-License-Identifier: LGPL-2.1-or-later
// Read afresh at each login of such an account: a drop-in that root edits or takes away counts at once.
#include "daemon/login/confinement.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "common/base/fd.h"
#include "common/base/ssh_files.h"

namespace userd {
namespace {

constexpr std::size_t longest = 1 << 20;

// A file of root's that nobody else may write; below a root of its own, where nothing is the host's, one of
// the same uid. None: not there, or not to be believed.
std::optional<std::string> read_believed(const std::string& root, const char* path) {
    const Fd fd(::open((root + path).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!fd || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    if (status.st_uid != (root.empty() ? 0 : geteuid()) || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return std::nullopt;
    if (static_cast<std::size_t>(status.st_size) > longest) return std::nullopt;
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t got = 0; got < text.size();) {
        const ssize_t size = ::read(fd.get(), text.data() + got, text.size() - got);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return std::nullopt;
        got += static_cast<std::size_t>(size);
    }
    return text;
}

}  // namespace

std::string confined_group(const std::string& root) {
    const auto record = read_believed(root, ssh_files::confined);
    const auto drop_in = read_believed(root, ssh_files::drop_in);
    if (!record || !drop_in) return {};
    const std::size_t end = record->find('\n');
    if (end == std::string::npos || record->compare(end + 1, std::string::npos, *drop_in) != 0) return {};
    return record->substr(0, end);
}

bool confines(const std::string& root, const Entrance& entrance, const Person& person) {
    // A session that sshd opened brings a user manager along; it stands where logind starts it, not the
    // person.
    if (entrance.service != "sshd" && entrance.service != "systemd-user") return false;
    const std::string group = confined_group(root);
    return !group.empty() &&
           std::find(person.groups.begin(), person.groups.end(), group) != person.groups.end();
}

}  // namespace userd
