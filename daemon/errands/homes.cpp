// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/homes.h"

#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr Duration patience = std::chrono::seconds(10);  // of somebody who logs in

}  // namespace

ErrandRequest errand_for(const User& user, wire::ErrandKind kind) {
    ErrandRequest request;
    request.kind = kind;
    request.uid = user.uid;
    request.gid = user.uid;  // the private group's number
    request.name = user.name;
    request.home = user.home;
    request.sftp = user.kind == UserKind::sftp;
    return request;
}

void Homes::use_config(const Config& config) {
    config_ = &config;
}

ErrandRequest Homes::request_for(const User& user) const {
    ErrandRequest request = errand_for(user, wire::ErrandKind::create_home);
    request.mode = config_->users.home_mode;
    request.skeleton = config_->users.skeleton;
    return request;
}

void Homes::ensure(const User& user, Done done) {
    if (config_->users.home_create == "never" || user.home.empty()) return done({});
    const Place place{user.uid, user.home};
    auto& waiting = under_way_[place];
    waiting.push_back(std::move(done));
    if (waiting.size() > 1) return;
    errands_.run(
        request_for(user),
        [this, place](const Result<ErrandOutcome>& outcome) {
            const auto ended = under_way_.extract(place);
            const auto made = outcome ? Result<void>() : Result<void>(Failure(outcome.error()));
            for (const auto& tell : ended.mapped()) tell(made);
        },
        {}, patience);
}

void Homes::welcome(const User& user) {
    if (!welcomes()) return;
    ensure(user, [home = user.home](const Result<void>& made) {
        if (!made) journal::warning("make the home {}: {}", home, made.error().message);
    });
}

void Homes::prune() {
    ErrandRequest request;
    request.kind = wire::ErrandKind::prune_archives;
    request.most = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(config_->archive_keep).count());
    errands_.run(request, [](const Result<ErrandOutcome>& outcome) {
        if (!outcome) journal::info("prune archives of homes: {}", outcome.error().message);
    });
}

}  // namespace userd
