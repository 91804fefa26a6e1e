// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/check/user_rules.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/names.h"
#include "daemon/check/scene.h"
#include "daemon/login/rules.h"
#include "daemon/model/origin.h"
#include "daemon/store/adoptions.h"
#include "daemon/store/credentials.h"

namespace userd::rules {

namespace {

constexpr Duration stale_after = std::chrono::hours(24 * 90);

bool contains(const std::vector<IdRange>& ranges, std::uint32_t id) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const IdRange& range) { return range.contains(id); });
}

std::string date(Time time) {
    const auto day = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                       static_cast<unsigned>(day.day()));
}

// Where an account of the host stands in the way of one of ours; empty: nowhere.
std::string taken_by(const HostFiles& host, const User& user) {
    if (const auto* entry = host.find_user(user.name)) return fmt::format("{} has the name", entry->where);
    const auto use = host.use_of_id(user.uid);
    if (use && !use->is_subordinate) return fmt::format("{} has the number", use->where);
    return {};
}

// What is known of a home without being root: none when its parents may not be searched.
struct Home {
    bool known = false, exists = false;
    std::uint32_t owner = 0;
};
Home look_at_home(const Scene& scene, const User& user) {
    struct stat about {};
    if (::stat((scene.root + user.home).c_str(), &about) == 0) return {true, true, about.st_uid};
    return {errno == ENOENT || errno == ENOTDIR, false, 0};
}

bool is_closed(const std::string& shell) {
    return shell.ends_with("/nologin") || shell.ends_with("/false");
}

bool is_active_person(const User& user) {
    return user.state == UserState::active && user.kind == UserKind::person;
}

}  // namespace

Result<void> id_foreign(Scene& scene, const User& user) {
    const auto& ids = scene.config.ids;
    if (is_reserved_id(user.uid))
        scene.find(user, fmt::format("uid {} is reserved for the system: lookups do not answer it", user.uid),
                   "a new account; its files need a new owner");
    else if (!is_mirrored(user) && !contains(ids.ranges, user.uid) && !contains(ids.accept, user.uid))
        scene.find(user, fmt::format("uid {} lies neither in ids.ranges nor in ids.accept", user.uid),
                   "adding it to ids.accept in userd.yaml");
    return {};
}

Result<void> id_taken(Scene& scene, const User& user) {
    const auto adoption = TRY(scene.store.adoptions().find(user.id, AdoptedThing::passwd));
    if (adoption && adoption->state != AdoptionState::taken) {
        scene.find(user,
                   fmt::format("{} was to be {} /etc/passwd, and that has not come to its end", user.name,
                               adoption->state == AdoptionState::taking ? "taken out of" : "put back into"),
                   fmt::format("userctl adopt passwd {0}, or userctl adopt passwd {0} --undo", user.name));
        return {};
    }
    if (const auto by = taken_by(scene.host, user); !by.empty())
        scene.find(user, fmt::format("{}: {} (uid {}) is withdrawn", by, user.name, user.uid),
                   "removing or renaming one of the two");
    return {};
}

Result<void> subid_overlap(Scene& scene, const User& user) {
    const auto use = scene.host.use_of_id(user.uid);
    if (use && use->is_subordinate && !is_mirrored(user))
        scene.find(user, fmt::format("uid {} lies in {}", user.uid, use->where),
                   "moving that range, or the account to another uid");
    return {};
}

Result<void> home_missing(Scene& scene, const User& user) {
    const auto home = look_at_home(scene, user);
    if (user.state == UserState::active && user.last_login && home.known && !home.exists)
        scene.find(user, fmt::format("the home {} does not exist", user.home),
                   "restoring it from a backup, or the next login, where homes are made then");
    return {};
}

// The top folder of an sftp account's home belongs to root, so that sshd may confine it there.
Result<void> home_owner(Scene& scene, const User& user) {
    const auto home = look_at_home(scene, user);
    const std::uint32_t wanted = user.kind == UserKind::sftp ? 0 : user.uid;
    if (home.exists && home.owner != wanted)
        scene.find(user, fmt::format("the home {} belongs to uid {}, not {}", user.home, home.owner, wanted),
                   fmt::format("looking whose files they are, then chown {}", user.home));
    return {};
}

Result<void> shell_unlisted(Scene& scene, const User& user) {
    if (!is_closed(user.shell) && !scene.host.is_shell(user.shell))
        scene.find(
            user, fmt::format("the shell {} is not in /etc/shells", user.shell),
            is_mirrored(user)
                ? fmt::format("another shell on the directory server, or ldap.{}.override in userd.yaml",
                              server_of(user.source))
                : fmt::format("userctl update {} --shell PATH", user.name));
    return {};
}

Result<void> expired_active(Scene& scene, const User& user) {
    if (user.state != UserState::active || !user.expires || *user.expires > scene.now) return {};
    scene.find({nullptr, "user:" + user.name, user.id, user.uid,
                fmt::format("the account ended on {} and is still active", date(*user.expires)),
                fmt::format("userctl suspend {}", user.name), true, std::to_string(to_unix(*user.expires))});
    return {};
}

Result<void> stale_account(Scene& scene, const User& user) {
    const auto since = user.last_login.value_or(user.created_at);
    if (!is_active_person(user) || since > scene.now - stale_after) return {};
    scene.find(user,
               user.last_login ? fmt::format("the last login was on {}", date(since))
                               : fmt::format("no login since it was created on {}", date(since)),
               fmt::format("userctl suspend {}", user.name));
    return {};
}

Result<void> mfa_missing(Scene& scene, const User& user) {
    if (!is_active_person(user) || (user.enrol_until && *user.enrol_until > scene.now)) return {};
    Person person;
    person.mfa = user.mfa;
    person.group_mfa = TRY(scene.store.credentials().group_mfa_policies(user.id, scene.now));
    if (effective_mfa(scene.config, person) != MfaPolicy::required) return {};
    if (TRY(scene.store.credentials().find_totp(user.id))) return {};
    scene.find(user, "a one-time code is required, but none is enrolled, and the time to enrol is over",
               fmt::format("userctl mfa reset {} --within 24h", user.name));
    return {};
}

}  // namespace userd::rules
