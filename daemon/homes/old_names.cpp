// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/old_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <shadow.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "common/base/fd.h"
#include "common/base/handle.h"
#include "common/base/text.h"
#include "daemon/homes/name_lines.h"
#include "daemon/homes/place.h"

namespace userd::homes {
namespace {

constexpr off_t max_file_size = 16 << 20;

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

struct Content {
    std::string text;
    struct stat status {};
};
// None: not there.
Result<std::optional<Content>> read_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    Content content;
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::optional<Content>();
    if (!fd || fstat(fd.get(), &content.status) != 0 || !S_ISREG(content.status.st_mode) ||
        content.status.st_size > max_file_size)
        return fail(Errc::io, "read {}: {}", escaped(path), std::strerror(fd ? EINVAL : errno));
    content.text.resize(static_cast<std::size_t>(content.status.st_size));
    std::size_t have = 0;
    while (have < content.text.size()) {
        const ssize_t n = ::read(fd.get(), content.text.data() + have, content.text.size() - have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(Errc::io, "read {}: {}", escaped(path), std::strerror(errno));
        if (n == 0) break;
        have += static_cast<std::size_t>(n);
    }
    content.text.resize(have);
    return std::optional(std::move(content));
}

Result<void> write_whole(const std::string& path, std::string_view text, const struct stat& like) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    bool good =
        fd && fchown(fd.get(), like.st_uid, like.st_gid) == 0 && fchmod(fd.get(), like.st_mode & 07777) == 0;
    while (good && !text.empty()) {
        const ssize_t n = ::write(fd.get(), text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        if (good) text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (good && fsync(fd.get()) == 0) return {};
    const int why = errno;
    ::unlink(path.c_str());
    return fail(why == ENOSPC ? Errc::no_space : Errc::io, "write {}: {}", escaped(path), std::strerror(why));
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

class PasswdLock {
 public:
    PasswdLock() : held_(lckpwdf() == 0) {}
    ~PasswdLock() {
        if (held_) ulckpwdf();
    }
    PasswdLock(const PasswdLock&) = delete;
    PasswdLock& operator=(const PasswdLock&) = delete;
    bool is_held() const { return held_; }

 private:
    bool held_;
};

std::string stamp() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return fmt::format("{}.{:06}", now.tv_sec, now.tv_nsec / 1000);
}

Result<void> replace(const File& file, const Content& old, const std::string& text,
                     const std::string& backups) {
    std::string flat = file.path;
    std::replace(flat.begin(), flat.end(), '/', '_');
    struct stat for_root = old.status;
    for_root.st_uid = for_root.st_gid = 0;
    for_root.st_mode = 0600;
    TRY(open_trusted(backups, true));
    TRY(write_whole(fmt::format("{}/{}-{}", backups, flat, stamp()), old.text, for_root));
    // sudo and cron pass over a name with a dot in it
    const auto slash = file.path.rfind('/');
    const std::string fresh =
        fmt::format("{}/.{}.userd", file.path.substr(0, slash), file.path.substr(slash + 1));
    ::unlink(fresh.c_str());
    TRY(write_whole(fresh, text, old.status));
    const auto checked = file.form == NameFile::sudoers ? check_sudoers(fresh) : Result<void>();
    if (checked && ::rename(fresh.c_str(), file.path.c_str()) == 0) return {};
    const int why = errno;
    ::unlink(fresh.c_str());
    if (!checked) return checked;
    return fail(Errc::io, "replace {}: {}", escaped(file.path), std::strerror(why));
}

Result<void> clean_file(const File& file, std::string_view name, const std::string& backups, Report& report) {
    const auto content = TRY(read_file(file.path));
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
        const auto content = TRY(read_file(file.path));
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
    if (!lock.is_held()) return fail(Errc::busy, "/etc/passwd and its like are locked by somebody else");
    for (const File& file : all_files(root)) TRY(clean_file(file, errand.name, backups, report));
    return {};
}

}  // namespace userd::homes
