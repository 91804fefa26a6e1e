// SPDX-License-Identifier: LGPL-2.1-or-later
// What decides stands in ways.cpp and below it; here it is only put into words. Each refusal has a point with
// its reason, so that nobody reads a no without its why.
#include "daemon/login/explain.h"

#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "daemon/config/login_line.h"
#include "daemon/config/scalars.h"
#include "daemon/directory/ownership.h"
#include "daemon/login/confinement.h"
#include "daemon/login/lockout.h"
#include "daemon/login/person.h"
#include "daemon/login/remote_source.h"
#include "daemon/model/remote.h"
#include "daemon/store/tickets.h"

namespace userd {
namespace {

std::string utc(Time time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(to_unix(time))));
}

std::string in_words(const Way& way, const Means& means) {
    std::vector<std::string_view> factors;
    if (way.by == Way::By::key || way.by == Way::By::key_and_more) factors.push_back("key");
    if (way.by == Way::By::password || (way.by == Way::By::key_and_more && means.password))
        factors.push_back("password");
    if (way.code) factors.push_back("totp");
    return fmt::format("{}", fmt::join(factors, ", "));
}

bool is_of_address(const RememberedCodes::Entry& entry) {
    return !entry.place.address.empty();
}

// Those that count there: at sshd of the address that is asked about, else of any login session.
std::vector<RememberedCodes::Entry> find_remembered(const RememberedCodes& codes, const Config& config,
                                                    ObjectId user, const Person& person,
                                                    const Entrance& entrance, BootTime boot) {
    const Demand demand = demand_to_prove(config, entrance, person);
    if (is_met(demand, {true, false, false})) return {};
    auto found = codes.list(user, config, boot);
    std::erase_if(found, [&](const auto& entry) {
        const auto here = place_of(entrance, {}, entry.place.session);
        return !here || *here != entry.place || !codes.find(user, *here, demand, boot);
    });
    return found;
}

// By which a directory server keeps a suspended account out, in the words of kept_out; empty: it does not.
Result<std::string> out_by_server(store::Store& store, const User& user) {
    if (is_suspended_by_server(user)) return user.state_reason;
    return user.state == UserState::suspended ? kept_out(store, user) : std::string();
}
std::string kept_out_text(const User& user, std::string_view out) {
    return fmt::format(
        fmt::runtime(out == vanished_reason(user.source) ? "it is gone from the directory server {}"
                                                         : "the directory server {} disables it"),
        server_of(user.source));
}

// Collects the points about one visit.
class Points {
 public:
    Points(const Visit& visit, const std::vector<Way>& ways) : visit_(visit), ways_(ways) {}

    void about_account(std::string_view out);
    void about_rule();
    void about_means(const store::Counter& counter, const store::Counter& strangers);
    void about_remembered(const std::vector<RememberedCodes::Entry>& remembered, BootTime boot);
    void about_server();
    void about_access();
    void about_access_by(const std::vector<AccessLine>& lines, const std::string& name);
    std::vector<ExplainedPoint> take() { return std::move(points_); }

 private:
    void good(std::string text, std::string where = {}, Reason reason = Reason::none) {
        points_.push_back({true, reason, std::move(text), std::move(where)});
    }
    void bad(Reason reason, std::string text, std::string where = {}) {
        points_.push_back({false, reason, std::move(text), std::move(where)});
    }
    bool ends_with(Reason reason) const {
        return std::any_of(ways_.begin(), ways_.end(), [&](const Way& way) { return way.reason == reason; });
    }
    std::string standing_text(Reason standing) const;
    std::string tries_text(const store::Counter& counter) const;
    static std::string locked_text(const store::Counter& counter);
    std::string code_text() const;
    void about_key();

    const Visit& visit_;
    const std::vector<Way>& ways_;
    std::vector<ExplainedPoint> points_;
};

std::string Points::standing_text(Reason standing) const {
    const User& user = visit_.user;
    switch (standing) {
        case Reason::collides:
            return "withdrawn: an account of /etc/passwd has its name or number";
        case Reason::pending:
            return "account pending: it waits for approval";
        case Reason::self_closed:
            return "account suspended by itself";
        default:
            if (is_suspended_by_server(user))
                return "account suspended: " + kept_out_text(user, user.state_reason);
            return fmt::format("account suspended{}{}",
                               user.suspended_until ? " until " + utc(*user.suspended_until) : "",
                               user.state_reason.empty() ? "" : ": " + user.state_reason);
    }
}

void Points::about_account(std::string_view out) {
    const User& user = visit_.user;
    if (const Reason standing = standing_of(user); standing != Reason::none)
        bad(standing, standing_text(standing));
    else if (has_ended(user, visit_.now))
        bad(Reason::expired, fmt::format("account expired {}{}", utc(*end_of(user)),
                                         end_of(user) == user.expires_there ? " by " + user.source : ""));
    else if (user.not_before && visit_.now < *user.not_before)
        bad(Reason::not_yet, fmt::format("account begins {}", utc(*user.not_before)));
    else
        good("account active, not expired");
    // Suspended here besides: resuming it would not be enough.
    if (!out.empty() && !is_suspended_by_server(user)) bad(Reason::suspended, kept_out_text(user, out));
    if (user.kind == UserKind::sftp && !visit_.entrance.confines)
        bad(Reason::not_confined,
            fmt::format("nothing holds an sftp account in its home at {}", visit_.entrance.service));
    if (ends_with(Reason::must_change)) good("a new password is asked for", {}, Reason::must_change);
}

void Points::about_rule() {
    const Demand demand = demand_to_prove(visit_.config, visit_.entrance, visit_.person);
    if (demand.rule == nullptr) {
        good(voice_at(visit_.entrance) == Voice::all_rules
                 ? "no rule matches: password"
                 : fmt::format("no rule speaks at {}: its caller vouches", visit_.entrance.service));
    } else {
        std::vector<std::string> sets;
        for (const auto& factors : demand.rule->require) {
            std::vector<std::string_view> names;
            for (const Factor factor : factors) names.push_back(to_text(factor));
            sets.push_back(fmt::format("{}", fmt::join(names, ", ")));
        }
        const auto place = show_place(*demand.rule), people = show_people(*demand.rule);
        const auto of = fmt::format("{}{}{}", place, place.empty() || people.empty() ? "" : "; ", people);
        auto text = fmt::format("rule login.rules[{}]{}: {}", demand.rule - visit_.config.rules.data(),
                                of.empty() ? "" : fmt::format(" ({})", of), fmt::join(sets, " or "));
        const bool can_be_met = is_met(demand, {visit_.means.password, true, visit_.means.key});
        if (can_be_met || !ends_with(Reason::not_allowed))
            good(std::move(text), demand.rule->where);
        else
            bad(Reason::not_allowed, text + ", which it does not have", demand.rule->where);
    }
    const bool by_rule = is_met({demand.rule, demand.require, false}, {true, false, true});
    if (demand.code && by_rule)
        good(fmt::format("mfa {} asks for a code besides",
                         effective_mfa(visit_.config, visit_.person) == MfaPolicy::required
                             ? "required"
                             : "optional and enrolled"));
    if (has_grace(visit_.config, visit_.person) && voice_at(visit_.entrance) == Voice::all_rules)
        good(fmt::format("mfa required asks for no code before {} (mfa.grace)",
                         utc(visit_.user.created_at + visit_.config.mfa.grace)));
}

std::string Points::code_text() const {
    if (visit_.means.totp) return "totp enrolled";
    if (visit_.means.sealed) return "no code can be checked: the sealing key is not here";
    if (visit_.means.spare) return "no totp, but a temporary code";
    const bool is_asked = std::any_of(ways_.begin(), ways_.end(), [](const Way& way) { return way.code; });
    return visit_.means.enrols && is_asked
               ? "no totp; enrols at this login, until " + utc(*visit_.user.enrol_until)
               : "no totp";
}

std::string Points::tries_text(const store::Counter& counter) const {
    return fmt::format("{} wrong {} of {}", counter.failures, counter.failures == 1 ? "try" : "tries",
                       visit_.config.lockout.failures);
}

std::string Points::locked_text(const store::Counter& counter) {
    return is_stopped(counter) ? fmt::format(
                                     "locked for unknown networks after {} wrong tries in a row, until "
                                     "an admin unlocks",
                                     counter.total)
                               : fmt::format("locked until {} after wrong tries", utc(*counter.locked_until));
}

// What it has to answer with, and how much of it was wrong lately. `strangers`: from unknown networks.
void Points::about_means(const store::Counter& counter, const store::Counter& strangers) {
    if (voice_at(visit_.entrance) != Voice::all_rules) return;
    about_key();
    about_server();
    if (ends_with(Reason::no_password))
        bad(Reason::no_password, "no password");
    else if (!visit_.means.password)
        good("no password");
    if (ends_with(Reason::mfa_missing)) {
        const bool has_code = visit_.means.code();
        bad(Reason::mfa_missing,
            has_code ? "a key alone, without a code, is not enough" : code_text() + ", and a code is needed");
    } else if (ends_with(Reason::internal)) {
        bad(Reason::internal, code_text());
    }
    if (visit_.locked) return bad(Reason::locked_out, locked_text(counter));
    good(fmt::format("{}; {}", code_text(), tries_text(counter)));
    if (is_stopped(strangers)) good(locked_text(strangers), {}, Reason::locked_out);
}

void Points::about_remembered(const std::vector<RememberedCodes::Entry>& remembered, BootTime boot) {
    const Demand demand = demand_to_prove(visit_.config, visit_.entrance, visit_.person);
    for (const auto& [place, given] : remembered)
        good(fmt::format("a code given {} counts again until {}",
                         is_of_address({place, given}) ? "from " + place.address
                                                       : fmt::format("in login session {}", place.session),
                         utc(visit_.now + (given + demand.rule->remember_mfa - boot))),
             demand.rule->where);
}

void Points::about_key() {
    for (const Way& way : ways_)
        if (way.opens() && (way.by == Way::By::key || way.by == Way::By::key_and_more))
            good(fmt::format("a key logs in{}",
                             way.by == Way::By::key ? "" : ", where sshd asks on after it"));
}

// Where the password is checked that it has.
void Points::about_server() {
    const User& user = visit_.user;
    if (!is_mirrored(user)) return;
    const auto server = server_of(user.source);
    if (!visit_.away_since) return good(fmt::format("password: the directory server {} checks it", server));
    const auto away =
        fmt::format("the directory server {} is away since {}", server, utc(*visit_.away_since));
    const auto until = offline_until(visit_);
    if (can_be_checked(visit_))
        good(fmt::format("{}: the password counts that it found right {}, until {}", away,
                         utc(*visit_.means.password_found_right), utc(*until)));
    else
        bad(Reason::ldap_unreachable,
            until ? fmt::format("{}, and the password that it found right {} counted until {}", away,
                                utc(*visit_.means.password_found_right), utc(*until))
                  : away + ", and no password is kept that it found right");
}

void Points::about_access() {
    about_access_by(visit_.config.access, "login.access");
    if (const auto* source = find_remote_source(visit_.config, visit_.user.source))
        about_access_by(source->access, fmt::format("ldap.{}.access", source->name));
}

void Points::about_access_by(const std::vector<AccessLine>& lines, const std::string& name) {
    const Access access = access_by(lines, visit_.entrance, visit_.person, visit_.local);
    if (access.line == nullptr) {
        if (access.reason != Reason::none)
            bad(access.reason, fmt::format("no line of {} allows it at {}", name, visit_.entrance.service),
                lines.front().where);
        return;
    }
    std::vector<std::string> who = access.line->users;
    who.insert(who.end(), access.line->groups.begin(), access.line->groups.end());
    for (const auto& role : access.line->roles) who.push_back("role " + role);
    auto text = fmt::format("rule {}[{}] allows {}", name, access.line - lines.data(),
                            who.empty() ? "everyone" : fmt::format("{}", fmt::join(who, ", ")));
    if (access.line->hours)
        text += fmt::format(" only {} (now {})", access.line->hours->text(), to_text(*visit_.local));
    if (access.reason == Reason::none)
        good(std::move(text), access.line->where);
    else
        bad(access.reason, std::move(text), access.line->where);
}

}  // namespace

Result<Explanation> explain_login(store::Store& store, const Config& config, const RememberedCodes& codes,
                                  const std::string& root, const User& user, const ExplainQuestion& question,
                                  BootTime boot, std::optional<Time> away_since) {
    const Person person = TRY(load_person(store, user, question.at));
    Entrance entrance{question.service, parse_address(question.rhost)};
    entrance.confines = user.kind == UserKind::sftp && confines(root, entrance, person);
    const auto name =
        TRY(store.tickets().counter_of(user.id, source_of(question.rhost), question.at - source_memory));
    const auto counter = TRY(store.tickets().find(user.id, name));
    const Means means = TRY(load_means(store, user, question.at));
    const auto remembered = find_remembered(codes, config, user.id, person, entrance, boot);
    const Visit visit{config,
                      user,
                      person,
                      entrance,
                      means,
                      question.at,
                      local_time(question.at),
                      is_locked(counter, question.at),
                      std::any_of(remembered.begin(), remembered.end(), is_of_address),
                      away_since};
    const auto ways = ways_of(visit);
    const auto open = std::find_if(ways.begin(), ways.end(), [](const Way& way) { return way.opens(); });
    Points points(visit, ways);
    const auto out = TRY(out_by_server(store, user));
    points.about_account(out);
    points.about_rule();
    points.about_means(counter, TRY(store.tickets().find(user.id, "")));
    points.about_remembered(remembered, boot);
    points.about_access();
    Explanation explanation;
    explanation.allowed = open != ways.end();
    explanation.reason = explanation.allowed ? open->reason : ways.front().reason;
    if (explanation.allowed) explanation.with = in_words(*open, visit.means);
    if (explanation.reason == Reason::suspended && !out.empty())
        explanation.hint = advice_on_server(
            config, user.source, out == vanished_reason(user.source) ? "putting it back" : "enabling it");
    if (explanation.reason == Reason::mfa_missing && means.password && !means.totp && !means.sealed)
        explanation.hint = fmt::format("userctl mfa reset {} --within 24h", user.name);
    explanation.points = points.take();
    return explanation;
}

}  // namespace userd
