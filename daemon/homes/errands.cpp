// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/errands.h"

#include "common/base/text.h"
#include "common/names.h"
#include "daemon/homes/accounts.h"
#include "daemon/homes/home.h"

namespace userd::homes {
namespace {

using Kind = wire::ErrandKind;

// Neither root's nor a local account's nor anybody's but userd's users'.
Result<void> check_id(const std::string& root, const Limits& limits, std::uint32_t id) {
    if (!limits.allows(id))
        return fail(Error{Errc::denied,
                          fmt::format("the id {} is not within ids of homes.yaml", id),
                          "add its range to ids in /etc/userd/homes.yaml",
                          {}});
    if (const auto account = TRY(find_account(root, id)))
        return fail(Errc::denied, "the id {} is that of the local account {}", id, escaped(account->name));
    return {};
}

Result<void> check_gid(const std::string& root, const Limits& limits, std::uint32_t gid) {
    if (!limits.allows(gid))
        return fail(Error{Errc::denied,
                          fmt::format("the gid {} is not within ids of homes.yaml", gid),
                          "add its range to ids in /etc/userd/homes.yaml",
                          {}});
    if (TRY(has_group(root, gid))) return fail(Errc::denied, "the gid {} is that of a local group", gid);
    return {};
}

Result<void> check_ids(const std::string& root, const Limits& limits, const wire::Errand& errand) {
    switch (errand.kind) {
        case Kind::prune_archives:
            return {};
        case Kind::create_home:
            TRY(check_gid(root, limits, errand.gid));
            break;
        default:
            break;
    }
    return check_id(root, limits, errand.uid);
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
    }
    return std::string();
}

}  // namespace userd::homes
