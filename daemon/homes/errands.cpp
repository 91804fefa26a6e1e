// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/errands.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/names.h"
#include "daemon/homes/accounts.h"
#include "daemon/homes/adopt.h"
#include "daemon/homes/belongings.h"
#include "daemon/homes/home.h"
#include "daemon/homes/old_names.h"
#include "daemon/homes/owners.h"
#include "daemon/homes/slices.h"

namespace userd::homes {
namespace {

using Kind = wire::ErrandKind;

// Neither root's nor a local account's nor anybody's but userd's users'.
Result<void> check_id(const std::string& root, const Limits& limits, std::uint32_t id) {
    if (!limits.allows(id) && !is_adopted(root, id))
        return fail(Error{Errc::denied,
                          fmt::format("the id {} is not within ids of homes.yaml", id),
                          "add its range to ids in /etc/userd/homes.yaml",
                          {}});
    if (const auto account = TRY(find_account(root, id)))
        return fail(Errc::denied, "the id {} is that of the local account {}", id, escaped(account->name));
    return {};
}

Result<void> check_gid(const std::string& root, const Limits& limits, std::uint32_t gid) {
    if (!limits.allows(gid) && !is_adopted(root, gid))
        return fail(Error{Errc::denied,
                          fmt::format("the gid {} is not within ids of homes.yaml", gid),
                          "add its range to ids in /etc/userd/homes.yaml",
                          {}});
    if (TRY(has_group(root, gid))) return fail(Errc::denied, "the gid {} is that of a local group", gid);
    return {};
}

// What a name stands for must not be a local account's: its crontab, its lingering.
Result<void> check_name(const std::string& root, std::string_view name) {
    if (TRY(find_account(root, std::string(name))))
        return fail(Errc::denied, "{} is a local account", escaped(name));
    return {};
}

// An old name is one that a user of userd can have had: no word of sudoers or access.conf, no account and no
// group of the host.
Result<void> check_old_name(const std::string& root, std::string_view name) {
    const bool plain = !name.empty() && name.size() <= 31 && name[0] != '-' &&
                       (name[0] < '0' || name[0] > '9') && std::all_of(name.begin(), name.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
                       });
    if (!plain) return fail(Errc::denied, "\"{}\" is not the name of a user of userd", escaped(name));
    TRY(check_name(root, name));
    if (TRY(has_group(root, std::string(name)))) return fail(Errc::denied, "{} is a local group", name);
    return {};
}

Result<void> check_ids(const std::string& root, const Limits& limits, const wire::Errand& errand) {
    switch (errand.kind) {
        case Kind::prune_archives:
        case Kind::find_accounts:
        case Kind::take_account:  // these look at the lines themselves
        case Kind::give_account_back:
            return {};
        case Kind::find_names:
        case Kind::clean_names:
            return check_old_name(root, errand.name);
        case Kind::create_home:
            TRY(check_gid(root, limits, errand.gid));
            break;
        case Kind::change_owner:
            TRY(check_gid(root, limits, errand.gid));
            TRY(check_gid(root, limits, errand.to_gid));
            TRY(check_id(root, limits, errand.to_uid));
            break;
        case Kind::scan:
        case Kind::stop_jobs:
        case Kind::suspend_user:
        case Kind::resume_user:
            TRY(check_name(root, errand.name));
            break;
        default:
            break;
    }
    return check_id(root, limits, errand.uid);
}

Result<void> scan(const Limits& limits, const wire::Errand& errand, Report& report) {
    if ((errand.what & wire::Sought::processes) != 0) TRY(find_processes(errand, report));
    if ((errand.what & wire::Sought::sessions) != 0) TRY(find_sessions(errand, report));
    if ((errand.what & wire::Sought::jobs) != 0) TRY(find_jobs(limits, errand, report));
    if ((errand.what & wire::Sought::files) != 0) TRY(find_files(limits, errand, report));
    return {};
}

}  // namespace

std::string describe(const wire::Errand& e) {
    switch (e.kind) {
        case Kind::create_home:
            return fmt::format("make the home {} for uid {}", escaped(e.home), e.uid);
        case Kind::archive_home:
            return fmt::format("archive and remove the home {} of uid {}", escaped(e.home), e.uid);
        case Kind::remove_home:
            return fmt::format("remove the home {} of uid {}", escaped(e.home), e.uid);
        case Kind::move_home:
            return fmt::format("move the home {} of uid {} to {}", escaped(e.home), e.uid,
                               escaped(e.to_home));
        case Kind::prune_archives:
            return fmt::format("remove archives older than {} s", e.most);
        case Kind::scan:
            return fmt::format("look for what belongs to uid {}", e.uid);
        case Kind::change_owner:
            return fmt::format("give the files of uid {} to uid {}", e.uid, e.to_uid);
        case Kind::stop_jobs:
            return fmt::format("stop what runs for {}, uid {}", escaped(e.name), e.uid);
        case Kind::find_names:
            return fmt::format("look for the name {} in the host's files", escaped(e.name));
        case Kind::clean_names:
            return fmt::format("take the name {} out of the host's files", escaped(e.name));
        case Kind::find_accounts:
            return fmt::format("look for accounts to adopt{}{}", e.name.empty() ? "" : ": ", escaped(e.name));
        case Kind::take_account:
            return fmt::format("take the lines of {}, uid {}, out of /etc/passwd and its like",
                               escaped(e.name), e.uid);
        case Kind::give_account_back:
            return fmt::format("put the lines of {}, uid {}, back into /etc/passwd and its like",
                               escaped(e.name), e.uid);
        case Kind::read_authenticator:
            return fmt::format("read the authenticator's file in the home {} of uid {}", escaped(e.home),
                               e.uid);
        case Kind::put_authenticator_aside:
            return fmt::format("put the authenticator's file in the home {} of uid {} aside", escaped(e.home),
                               e.uid);
        case Kind::put_authenticator_back:
            return fmt::format("put the authenticator's file in the home {} of uid {} back", escaped(e.home),
                               e.uid);
        case Kind::limit_slice:
            return fmt::format("set the limits of user-{}.slice", e.uid);
        case Kind::suspend_user:
            return fmt::format("hold and end what runs for {}, uid {}", escaped(e.name), e.uid);
        case Kind::resume_user:
            return fmt::format("let go on what was held for {}, uid {}", escaped(e.name), e.uid);
    }
    return "an unknown errand";
}

Result<std::string> run_errand(const std::string& root, const wire::Errand& errand, Report& report) {
    const Limits limits = TRY(load_limits(root));
    TRY(check_ids(root, limits, errand));
    const std::string archives = root + "/var/lib/userd-homes";
    switch (errand.kind) {
        case Kind::create_home:
            TRY(create_home(limits, errand, report));
            break;
        case Kind::archive_home:
            return archive_home(limits, errand, archives, report);
        case Kind::remove_home:
            TRY(remove_home(limits, errand, report));
            break;
        case Kind::move_home:
            TRY(move_home(limits, errand, report));
            break;
        case Kind::prune_archives:
            TRY(prune_archives(errand, archives, report));
            break;
        case Kind::scan:
            TRY(scan(limits, errand, report));
            break;
        case Kind::change_owner:
            TRY(change_owner(limits, errand, report));
            break;
        case Kind::stop_jobs:
            TRY(stop_jobs(limits, errand, report));
            break;
        case Kind::find_names:
            TRY(find_names(root, errand, report));
            break;
        case Kind::clean_names:
            TRY(clean_names(root, errand, archives, report));
            break;
        case Kind::find_accounts:
            TRY(find_accounts(root, limits, errand, report));
            break;
        case Kind::take_account:
            TRY(take_account(root, limits, errand, report));
            break;
        case Kind::give_account_back:
            TRY(give_account_back(root, limits, errand, report));
            break;
        case Kind::read_authenticator:
            TRY(read_authenticator(limits, errand, report));
            break;
        case Kind::put_authenticator_aside:
            TRY(put_authenticator_aside(limits, errand, report));
            break;
        case Kind::put_authenticator_back:
            TRY(put_authenticator_back(limits, errand, report));
            break;
        case Kind::limit_slice:
            TRY(limit_slice(errand, report));
            break;
        case Kind::suspend_user:
            TRY(suspend_user(errand, report));
            break;
        case Kind::resume_user:
            TRY(resume_user(errand, report));
            break;
    }
    return std::string();
}

}  // namespace userd::homes
