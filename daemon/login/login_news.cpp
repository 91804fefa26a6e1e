// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/login_news.h"

#include <fmt/chrono.h>

#include "daemon/login/person.h"
#include "daemon/store/audit.h"
#include "daemon/store/view.h"

namespace userd {
namespace {

std::string utc(Time time) {
    return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(to_unix(time))));
}

constexpr std::size_t most_of_a_name = 128;  // a line must fit its step, whatever a host is called

std::string in_words(const store::RecentLogins::At& at) {
    return fmt::format("{} {} ({})", utc(at.time),
                       at.rhost.empty() ? "here" : "from " + at.rhost.substr(0, most_of_a_name),
                       at.service.substr(0, most_of_a_name));
}

bool is_login(std::string_view service) {
    return !is_inner(service) && voice_at({std::string(service), {}}) == Voice::all_rules;
}

}  // namespace

Result<std::vector<std::string>> login_news(store::Store& store, const Config& config, const User& user,
                                            const Entrance& entrance, Time now) {
    std::vector<std::string> lines;
    if (!is_login(entrance.service)) return lines;
    const auto view = TRY(store::View::open(store));
    const auto recent = TRY(store.audit().recent_logins(user.id, is_login));
    if (recent.last)
        lines.push_back("Last login: " + in_words(*recent.last));
    else if (user.last_login)  // the trail does not go back so far, or keeps no right logins
        lines.push_back("Last login: " + utc(*user.last_login));
    if (recent.failed > 0)
        lines.push_back(fmt::format("{}{} failed {} {}, the last {}", recent.all ? "" : "At least ",
                                    recent.failed, recent.failed == 1 ? "try" : "tries",
                                    user.last_login ? "since then" : "so far",
                                    in_words(*recent.last_failed)));
    if (config.mfa.grace > Duration{} && has_grace(config, TRY(load_person(store, user, now))))
        lines.push_back(fmt::format("One-time codes must be set up before {}: userctl mfa enable",
                                    utc(user.created_at + config.mfa.grace)));
    return lines;
}

}  // namespace userd
