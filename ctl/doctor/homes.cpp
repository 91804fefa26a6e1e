// SPDX-License-Identifier: LGPL-2.1-or-later
// Homes and what sshd reads there. A home that is not there yet is made at the first login.
#include <cerrno>
#include <cstring>

#include "common/base/text.h"
#include "ctl/doctor/areas.h"
#include "ctl/doctor/examination.h"
#include "ctl/doctor/mode_rules.h"

namespace userd::ctl {
namespace {

constexpr std::size_t most_looked_at = 10'000, most_told = 20;

bool others_may_write(const struct stat& file) {
    return (file.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

// Homes of the kind sftp stand below a folder of their own, and belong to root.
std::string sftp_folder(Examination& host) {
    const auto& config = host.config().config;
    if (!config) return {};
    const std::string& home = config->users.sftp_home;
    return home.substr(0, home.rfind('/') + 1);
}

Diagnoses summed(Diagnoses found, std::size_t looked, std::size_t closed, const char* good) {
    if (found.size() > most_told) {
        const std::size_t more = found.size() - most_told;
        found.resize(most_told);
        found.push_back(wrong(fmt::format("{} more like these", more), "userctl doctor, again after these"));
    }
    if (found.empty() && closed > 0) return {not_checked("needs root")};
    if (found.empty()) found.push_back(looked == 0 ? right("there is none yet") : right(good));
    return found;
}

}  // namespace

Diagnoses judge_home(const ShownUser& user, const struct stat& file, bool may_be_roots) {
    const std::string home = shell_word(user.home), text = escaped(user.home);
    if (!S_ISDIR(file.st_mode))
        return {wrong(fmt::format("{}: {} is no folder", user.name, text),
                      fmt::format("mv {0} {0}.aside", home))};
    if (file.st_uid != user.uid && !(may_be_roots && file.st_uid == 0))
        return {wrong(fmt::format("{}: {} belongs to uid {}", user.name, text, file.st_uid),
                      fmt::format("chown -h {}: {}", user.name, home))};
    if (others_may_write(file))
        return {wrong(fmt::format("{}: others may write {}, so sshd takes no key from it", user.name, text),
                      fmt::format("chmod go-w {}", home))};
    return {};
}

// What is below a home may be a link by the time that root acts on it, so the user's own rights do.
Diagnoses judge_ssh_file(const ShownUser& user, const std::string& path, const struct stat& file) {
    if (S_ISLNK(file.st_mode)) return {};
    if (file.st_uid != user.uid && file.st_uid != 0)
        return {wrong(fmt::format("{}: {} belongs to uid {}", user.name, escaped(path), file.st_uid),
                      fmt::format("chown -h {}: {}", user.name, shell_word(path)))};
    if (!others_may_write(file)) return {};
    const std::string chmod = fmt::format("chmod go-w {}", shell_word(path));
    return {wrong(
        fmt::format("{}: others may write {}, so sshd takes no key from it", user.name, escaped(path)),
        file.st_uid == 0 ? chmod : fmt::format("setpriv --reuid {} --clear-groups {}", user.name, chmod))};
}

namespace look_at {

Diagnoses home(Examination& host) {
    if (!host.shown().is_open()) return {not_checked("the snapshot comes first")};
    const std::string sftp = sftp_folder(host);
    Diagnoses found;
    std::size_t looked = 0, closed = 0;
    for (const ShownUser& user : host.users(most_looked_at)) {
        struct stat file {};
        if (lstat(host.path(user.home).c_str(), &file) != 0) {
            if (errno == EACCES) ++closed;
            continue;
        }
        ++looked;
        const bool may_be_roots = !sftp.empty() && user.home.starts_with(sftp);
        for (Diagnosis& one : judge_home(user, file, may_be_roots)) found.push_back(std::move(one));
    }
    return summed(std::move(found), looked, closed, "each belongs to its user alone");
}

Diagnoses ssh_folder(Examination& host) {
    if (!host.shown().is_open()) return {not_checked("the snapshot comes first")};
    Diagnoses found;
    std::size_t looked = 0, closed = 0;
    for (const ShownUser& user : host.users(most_looked_at))
        for (const char* name : {"/.ssh", "/.ssh/authorized_keys"}) {
            struct stat file {};
            const std::string path = user.home + name;
            if (lstat(host.path(path).c_str(), &file) != 0) {
                if (errno == EACCES) ++closed;
                continue;
            }
            ++looked;
            for (Diagnosis& one : judge_ssh_file(user, path, file)) found.push_back(std::move(one));
        }
    return summed(std::move(found), looked, closed, "each belongs to its user alone");
}

}  // namespace look_at
}  // namespace userd::ctl
