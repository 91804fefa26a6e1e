// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/old_names.h"

#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "common/base/handle.h"
#include "common/base/text.h"
#include "daemon/homes/host_file.h"
#include "daemon/homes/name_lines.h"
#include "daemon/homes/place.h"

namespace userd::homes {
namespace {

struct File {
    NameFile form;
    std::string path;
};

std::vector<File> all_files(const std::string& root) {
    std::vector<File> files{{NameFile::group, "/etc/group"},
                            {NameFile::gshadow, "/etc/gshadow"},
                            {NameFile::subordinate, "/etc/subuid"},
                            {NameFile::subordinate, "/etc/subgid"},
                            {NameFile::names, "/etc/cron.allow"},
                            {NameFile::denied, "/etc/cron.deny"},
                            {NameFile::names, "/etc/at.allow"},
                            {NameFile::denied, "/etc/at.deny"},
                            {NameFile::access, "/etc/security/access.conf"},
                            {NameFile::sudoers, "/etc/sudoers"}};
    const std::string folder = root + "/etc/sudoers.d";
    if (const Handle<DIR, closedir> rules{opendir(folder.c_str())})
        while (const dirent* found = readdir(rules.get())) {  // sudo reads no other names
            const std::string_view name = found->d_name;
            if (name.find('.') == std::string_view::npos && !name.ends_with('~'))
                files.push_back({NameFile::sudoers, fmt::format("/etc/sudoers.d/{}", name)});
        }
    for (auto& file : files) file.path.insert(0, root);
    std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
    return files;
}

// A sudoers that cannot be read locks every administrator out: visudo says whether it can.
Result<void> check_sudoers(const std::string& path) {
    const char* const arguments[] = {"visudo", "-cqf", path.c_str(), nullptr};
    const char* const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", nullptr};
    pid_t child = 0;
    int status = -1;
    const int spawned =
        posix_spawn(&child, "/usr/sbin/visudo", nullptr, nullptr, const_cast<char* const*>(arguments),
                    const_cast<char* const*>(environment));
    if (spawned != 0) return fail(Errc::unavailable, "run visudo: {}", std::strerror(spawned));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) return fail(Errc::invalid, "visudo would not take what is left of the file");
    return {};
}

std::string stamp() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return fmt::format("{}.{:06}", now.tv_sec, now.tv_nsec / 1000);
}

Result<void> replace(const File& file, const HostFile& old, const std::string& text,
                     const std::string& backups) {
    std::string flat = file.path;
    std::replace(flat.begin(), flat.end(), '/', '_');
    TRY(open_trusted(backups, true));
    TRY(write_new_file(fmt::format("{}/{}-{}", backups, flat, stamp()), old.text, roots_alone()));
    if (file.form == NameFile::sudoers) {
        const std::string trial = successor_of(file.path);
        ::unlink(trial.c_str());
        TRY(write_new_file(trial, text, old.status));
        const auto checked = check_sudoers(trial);
        ::unlink(trial.c_str());
        TRY(checked);
    }
    return replace_host_file(file.path, text, old.status);
}

Result<void> clean_file(const File& file, std::string_view name, const std::string& backups, Report& report) {
    const auto content = TRY(read_host_file(file.path));
    if (!content) return {};
    const auto lines = find_name(file.form, content->text, name);
    const bool any =
        std::any_of(lines.begin(), lines.end(), [](const NameLine& line) { return line.removable; });
    Result<void> replaced;
    if (any) replaced = replace(file, *content, without_name(file.form, content->text, name), backups);
    for (const NameLine& line : lines) {
        const auto place = fmt::format("{}:{}", file.path, line.line);
        if (line.removable && replaced)
            TRY(report.item(wire::ItemKind::name, place, fmt::format("{}: taken out", line.what)));
        else
            TRY(report.note(place, fmt::format("{}: left{}", line.what,
                                               line.removable ? ": " + replaced.error().message : "")));
    }
    return {};
}

}  // namespace

Result<void> find_names(const std::string& root, const wire::Errand& errand, Report& report) {
    for (const File& file : all_files(root)) {
        const auto content = TRY(read_host_file(file.path));
        if (!content) continue;
        for (const NameLine& line : find_name(file.form, content->text, errand.name))
            TRY(report.item(line.removable ? wire::ItemKind::name : wire::ItemKind::note,
                            fmt::format("{}:{}", file.path, line.line), line.what));
    }
    return {};
}

Result<void> clean_names(const std::string& root, const wire::Errand& errand, const std::string& backups,
                         Report& report) {
    const PasswdLock lock;
    TRY(lock.check());
    for (const File& file : all_files(root)) TRY(clean_file(file, errand.name, backups, report));
    return {};
}

}  // namespace userd::homes
