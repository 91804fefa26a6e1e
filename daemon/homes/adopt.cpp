// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/text.h"
#include "daemon/homes/account_lines.h"
#include "daemon/homes/host_file.h"
#include "daemon/homes/place.h"

namespace userd::homes {
namespace {

constexpr const char* passwd_path = "/etc/passwd";
constexpr const char* shadow_path = "/etc/shadow";
constexpr const char* group_path = "/etc/group";
constexpr const char* gshadow_path = "/etc/gshadow";

Result<void> check_allowed(const Limits& limits) {
    if (limits.adopt) return {};
    return fail(Error{Errc::denied,
                      "homes.yaml does not allow to adopt accounts of /etc/passwd",
                      "adopt: yes in /etc/userd/homes.yaml, as root; and no again afterwards",
                      {}});
}

std::string folder_of(const std::string& root) {
    return root + "/var/lib/userd-homes/adopted";
}

std::string path_of(const std::string& root, std::uint32_t uid) {
    return fmt::format("{}/{}", folder_of(root), uid);
}

// The four files, as they are and as they are to be.
class FileSet {
 public:
    static Result<FileSet> read(const std::string& root) {
        FileSet set(root);
        TRY(set.load(passwd_path, set.texts.passwd, set.passwd_));
        TRY(set.load(shadow_path, set.texts.shadow, set.shadow_));
        TRY(set.load(group_path, set.texts.group, set.group_));
        TRY(set.load(gshadow_path, set.texts.gshadow, set.gshadow_));
        if (!set.passwd_ || !set.shadow_ || !set.group_)
            return fail(Errc::unavailable, "/etc/passwd, /etc/shadow and /etc/group are not all there");
        return set;
    }
    // Each whole and on the disk before the next: whatever stops it, the line in passwd has all others.
    Result<void> write_passwd_first() const {
        TRY(save(passwd_path, texts.passwd, passwd_));
        TRY(save(shadow_path, texts.shadow, shadow_));
        TRY(save(group_path, texts.group, group_));
        return save(gshadow_path, texts.gshadow, gshadow_);
    }
    Result<void> write_passwd_last() const {
        TRY(save(gshadow_path, texts.gshadow, gshadow_));
        TRY(save(group_path, texts.group, group_));
        TRY(save(shadow_path, texts.shadow, shadow_));
        return save(passwd_path, texts.passwd, passwd_);
    }

    AccountFiles texts;

 private:
    explicit FileSet(std::string root) : root_(std::move(root)) {}

    Result<void> load(const char* path, std::string& text, std::optional<HostFile>& file) const {
        file = TRY(read_host_file(root_ + path));
        if (file) text = file->text;
        return {};
    }
    Result<void> save(const char* path, const std::string& text, const std::optional<HostFile>& file) const {
        if (!file || file->text == text) return {};
        return replace_host_file(root_ + path, text, file->status);
    }

    std::string root_;
    std::optional<HostFile> passwd_, shadow_, group_, gshadow_;
};

Result<std::optional<AccountLines>> kept_lines(const std::string& root, const wire::Errand& errand) {
    const auto file = TRY(read_host_file(path_of(root, errand.uid)));
    if (!file) return std::optional<AccountLines>();
    auto lines = TRY(parse_account_lines(file->text));
    const auto fields = split(lines.passwd, ':');
    if (fields[0] != errand.name || fields[2] != std::to_string(errand.uid))
        return fail(Errc::denied, "the account with uid {} was adopted as {}, not {}", errand.uid,
                    escaped(fields[0]), escaped(errand.name));
    return std::optional(std::move(lines));
}

Result<void> keep(const std::string& root, std::uint32_t uid, const AccountLines& lines) {
    const std::string folder = folder_of(root);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(Errc::io, "make {}: {}", folder, strerror(errno));
    if (root.empty()) TRY(open_trusted(folder, true));
    return replace_host_file(path_of(root, uid), to_text(lines), roots_alone());
}

// A home out of reach of all other errands would be one that nobody sees to.
Result<void> check_home(const Limits& limits, const HostAccount& account) {
    const auto slash = account.home.rfind('/');
    const bool is_below =
        slash != std::string::npos && std::find(limits.roots.begin(), limits.roots.end(),
                                                account.home.substr(0, slash)) != limits.roots.end();
    if (is_below) return {};
    return fail(
        Error{Errc::policy_violation,
              fmt::format("{} cannot be adopted: its home {} is not directly below a root of homes.yaml",
                          account.name, escaped(account.home)),
              "its folder in roots of /etc/userd/homes.yaml",
              {}});
}

Result<HostAccount> find_account(const FileSet& files, const Limits& limits, std::string_view name) {
    auto account = TRY(read_account(files.texts, name));
    TRY(check_home(limits, account));
    return account;
}

Result<void> tell(Report& report, const HostAccount& account) {
    const Secret text = to_text(account);
    if (text.size() > wire::max_message)
        return report.note(account.name,
                           fmt::format("{} cannot be adopted: its lines are too long", account.name));
    return report.item(wire::ItemKind::account, account.name, text.text());
}

AccountLines merged(AccountLines now, const std::optional<AccountLines>& before) {
    if (!before) return now;
    const auto fill = [](std::string& line, const std::string& kept) {
        if (line.empty()) line = kept;
    };
    fill(now.shadow, before->shadow);
    fill(now.group, before->group);
    fill(now.gshadow, before->gshadow);
    for (const auto& group : before->member_of)
        if (std::find(now.member_of.begin(), now.member_of.end(), group) == now.member_of.end())
            now.member_of.push_back(group);
    return now;
}

std::vector<std::string> names_in(std::string_view list) {
    std::vector<std::string> names;
    for (const auto name : split(list, '\0'))
        if (!name.empty()) names.emplace_back(name);
    return names;
}

}  // namespace

Result<void> find_accounts(const std::string& root, const Limits& limits, const wire::Errand& errand,
                           Report& report) {
    TRY(check_allowed(limits));
    const FileSet files = TRY(FileSet::read(root));
    if (!errand.name.empty()) {
        const auto account = TRY(find_account(files, limits, errand.name));
        TRY(tell(report, account));
    } else {
        for (const auto& name : account_names(files.texts.passwd)) {
            const auto account = find_account(files, limits, name);
            if (account)
                TRY(tell(report, *account));
            else if (account.error().code != Errc::denied)
                TRY(report.note(name, account.error().message));
        }
    }
    for (const auto& name : administrators(files.texts))
        TRY(report.item(wire::ItemKind::administrator, name, ""));
    return {};
}

Result<void> take_account(const std::string& root, const Limits& limits, const wire::Errand& errand,
                          Report& report) {
    TRY(check_allowed(limits));
    const PasswdLock lock;
    TRY(lock.check());
    FileSet files = TRY(FileSet::read(root));
    const auto before = TRY(kept_lines(root, errand));
    const auto account = find_account(files, limits, errand.name);
    if (!account && (account.error().code != Errc::no_such_user || !before)) return Failure(account.error());
    if (!account) {  // begun before: what is left of it
        take_lines(files.texts, errand.name, before->member_of, &*before);
    } else {
        if (account->uid != errand.uid)
            return fail(Errc::denied, "{} has the uid {}, not {}", account->name, account->uid, errand.uid);
        if (account->fingerprint != errand.most)
            return fail(Error{Errc::generation_conflict,
                              fmt::format("the lines of {} were changed meanwhile", account->name),
                              "trying again",
                              {}});
        const auto leave = names_in(errand.paths);
        TRY(keep(root, errand.uid, merged(take_lines(files.texts, errand.name, leave), before)));
    }
    TRY(files.write_passwd_first());
    return report.step();
}

Result<void> give_account_back(const std::string& root, const Limits& limits, const wire::Errand& errand,
                               Report& report) {
    TRY(check_allowed(limits));
    const PasswdLock lock;
    TRY(lock.check());
    FileSet files = TRY(FileSet::read(root));
    const auto lines = TRY(kept_lines(root, errand));
    if (!lines) {
        const auto account = read_account(files.texts, errand.name);
        if (account && account->uid == errand.uid) return {};  // it is back
        return fail(Errc::not_ours, "no lines of {} are kept: it was not adopted here", escaped(errand.name));
    }
    TRY(put_lines(files.texts, *lines));
    TRY(files.write_passwd_last());
    if (::unlink(path_of(root, errand.uid).c_str()) != 0)
        return fail(Errc::io, "forget the kept lines of {}: {}", escaped(errand.name), strerror(errno));
    return report.step();
}

bool is_adopted(const std::string& root, std::uint32_t uid) {
    struct stat status {};
    return ::lstat(path_of(root, uid).c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == 0;
}

}  // namespace userd::homes
