// SPDX-License-Identifier: LGPL-2.1-or-later
// What getpwnam() and its like go through: the snapshot, the module, nsswitch.conf, and caches before it.
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "ctl/doctor/areas.h"
#include "ctl/doctor/examination.h"
#include "ctl/doctor/local_groups.h"
#include "ctl/doctor/nscd_conf.h"
#include "ctl/doctor/nsswitch.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

constexpr const char* restart = "systemctl restart userd";
constexpr const char* local_groups_file = "/etc/userd/local-groups";

// A folder on the way that only its owner may pass.
Diagnoses find_closed_folder(const Examination& host) {
    for (const char* folder : {"/var/lib/userd", "/var/lib/userd/nss"}) {
        struct stat info {};
        if (stat(host.path(folder).c_str(), &info) == 0 && (info.st_mode & S_IXOTH) == 0)
            return {wrong(fmt::format("{} is closed to everybody but its owner", folder),
                          fmt::format("chmod o+x {}", folder))};
    }
    return {};
}

Diagnosis judge_nsswitch(const Examination& host, Diagnosis (*judge)(const NssSwitch&)) {
    const auto text = host.read("/etc/nsswitch.conf");
    return judge(parse_nsswitch(text ? *text : ""));
}

// Whether lookups come as far as the snapshot, by the checks that have an answer of their own.
bool is_way_clear(Examination& host) {
    for (const auto look : {look_at::snapshot, look_at::nss_module, look_at::nsswitch_passwd, look_at::nscd})
        for (const Diagnosis& diagnosis : look(host))
            if (diagnosis.state == Diagnosis::State::wrong) return false;
    return true;
}

bool accepts_connections(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return fd && connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

namespace look_at {

Diagnoses snapshot(Examination& host) {
    if (Diagnoses found = find_closed_folder(host); !found.empty()) return found;
    const userd::snapshot::Shown& shown = host.shown();
    if (shown.is_open() && shown.is_whole())
        return {right(fmt::format("lookups can read it: generation {}", shown.generation()))};
    using userd::snapshot::Opened;
    const char* what = shown.opened() == Opened::missing ? "it is not there"
                       : shown.opened() == Opened::ok    ? "it is damaged"
                                                         : "it cannot be read, or others may write it";
    return {wrong(fmt::format("{}: {}", shown.path(), what), restart)};
}

Diagnoses snapshot_current(Examination& host) {
    const auto& status = host.status();
    if (!status) return {without_daemon(status.error())};
    if (status->contains("snapshot_problem"))
        return {wrong(without_controls(text_of(*status, "snapshot_problem")), restart)};
    if (!host.shown().is_open()) return {not_checked("the snapshot comes first")};
    const auto store = parse_number(text_of(*status, "generation")).value_or(0);
    if (host.shown().generation() >= store) return {right("lookups see the last change")};
    return {
        wrong(fmt::format("lookups see generation {}, the store is at {}", host.shown().generation(), store),
              "userctl repair --only snapshot-differs")};
}

Diagnoses nss_module(Examination& host) {
    const std::string file = USERD_NSS_DIR "/libnss_userd.so.2";
    if (access(host.path(file).c_str(), R_OK) == 0) return {right(file + " is there")};
    return {wrong(file + " is not there", "apt install --reinstall libnss-userd")};
}

Diagnoses nsswitch_passwd(Examination& host) {
    return {judge_nsswitch(host, [](const NssSwitch& file) { return judge_nss_line(file, "passwd"); })};
}

Diagnoses nsswitch_group(Examination& host) {
    return {judge_nsswitch(host, [](const NssSwitch& file) { return judge_nss_line(file, "group"); })};
}

Diagnoses nsswitch_initgroups(Examination& host) {
    return {judge_nsswitch(host, judge_initgroups)};
}

// It answers for passwd and group from a memory of its own, and nobody tells it of our changes.
Diagnoses nscd(Examination& host) {
    if (!accepts_connections(host.path("/run/nscd/socket"))) return {right("nscd does not run")};
    const auto text = host.read("/etc/nscd.conf");
    if (text && !caches_accounts(*text)) return {right("nscd runs, and keeps neither users nor groups")};
    return {
        wrong("nscd runs, and answers with users and groups that it kept", "systemctl disable --now nscd")};
}

Diagnoses lookup(Examination& host) {
    if (!host.about.root.empty()) return {not_checked("lookups go by the host's own files")};
    if (!is_way_clear(host)) return {not_checked("what is wrong above comes first")};
    const auto users = host.users(1);
    if (users.empty()) return {not_checked("there are no users yet")};
    const auto& [name, home, uid] = users[0];
    const ::passwd* found = getpwnam(name.c_str());
    if (!found)
        return {wrong(fmt::format("programs of this host do not find {}", name),
                      "apt install --reinstall libnss-userd")};
    if (found->pw_uid != uid)
        return {wrong(fmt::format("{} is uid {} for programs of this host, and uid {} in userd", name,
                                  found->pw_uid, uid),
                      fmt::format("userctl check {}", name))};
    return {right(fmt::format("programs of this host find {}", name))};
}

// The module believes root's list alone.
Diagnoses local_groups(Examination& host) {
    const LoadedConfig& loaded = host.config();
    if (!loaded.config) return {not_checked("the configuration comes first")};
    if (loaded.config->local_groups.empty()) return {right("none is used")};
    const auto list = host.read(local_groups_file), groups = host.read("/etc/group");
    struct stat info {};
    if (list && host.about.root.empty() && stat(local_groups_file, &info) == 0 &&
        (info.st_uid != 0 || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0))
        return {wrong(fmt::format("{} is not root's alone, so nobody believes it", local_groups_file),
                      fmt::format("chown root: {0} && chmod go-w {0}", local_groups_file))};
    return judge_local_groups(loaded.config->local_groups, list ? *list : "", groups ? *groups : "");
}

}  // namespace look_at
}  // namespace userd::ctl
