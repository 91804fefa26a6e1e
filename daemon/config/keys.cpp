// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/keys.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <regex>

#include "common/base/text.h"
#include "common/names.h"
#include "daemon/config/key_readers.h"
#include "daemon/config/ldap_keys.h"
#include "daemon/config/scalars.h"

namespace userd {
namespace {

using Kind = YamlNode::Kind;

constexpr std::uint64_t most_tasks = 4194304;        // the kernel has no more process ids
constexpr std::uint64_t least_memory = 32ULL << 20;  // below, no session comes up
constexpr std::uint64_t most_memory = 1ULL << 40;

auto one_of(std::vector<std::string_view> words) {
    return [words = std::move(words)](std::string_view text) -> Result<std::string> {
        if (std::find(words.begin(), words.end(), text) != words.end()) return std::string(text);
        return fail(Errc::invalid, "\"{}\" is not one of {}", escaped(text), fmt::join(words, ", "));
    };
}

auto number(std::uint64_t least, std::uint64_t most) {
    return [=](std::string_view text) { return parse_unsigned(text, least, most); };
}

auto size(std::uint64_t least, std::uint64_t most) {
    return [=](std::string_view text) -> Result<std::uint64_t> {
        const std::uint64_t value = TRY(parse_size(text));
        if (value < least || value > most)
            return fail(Errc::invalid, "{} is not within {} to {}", size_to_text(value), size_to_text(least),
                        size_to_text(most));
        return value;
    };
}

Result<std::string> absolute_path(std::string_view text) {
    if (text.empty() || text[0] != '/' || text.find(':') != std::string_view::npos || !is_utf8(text))
        return fail(Errc::invalid, "\"{}\" is not an absolute path", escaped(text));
    return std::string(text);
}

Result<std::string> path_with_name(std::string_view text) {
    std::string path = TRY(absolute_path(text));
    if (path.find("{name}") == std::string::npos) return fail(Errc::invalid, "the path must hold {{name}}");
    return path;
}

Result<std::string> name_pattern(std::string_view text) {
    if (text.size() > 256) return fail(Errc::invalid, "the pattern is longer than 256 characters");
    try {
        const std::regex compiled{std::string(text)};
    } catch (const std::regex_error&) {
        return fail(Errc::invalid, "\"{}\" is not a regular expression", escaped(text));
    }
    return std::string(text);
}

// Where new ids may come from: what systemd's table of ids (systemd.io/UIDS-GIDS) leaves free.
Result<IdRange> new_id_range(std::string_view text) {
    const IdRange range = TRY(parse_id_range(text));
    const IdRange allowed[] = {{66000, 99999}, {100000, 524287}, {1879048192, 2147352575}};
    const bool inside = std::any_of(std::begin(allowed), std::end(allowed), [&](const IdRange& free) {
        return free.contains(range.first) && free.contains(range.last);
    });
    if (!inside)
        return fail(Errc::invalid, "{} is not within 66000-99999, 100000-524287 or 1879048192-2147352575",
                    to_text(range));
    return range;
}

Result<IdRange> accepted_id_range(std::string_view text) {
    const IdRange range = TRY(parse_id_range(text));
    if (range.first < 1000) return fail(Errc::invalid, "ids below 1000 belong to the system");
    return range;
}

// null and a text
template <typename Put>
Problems optional_text(const YamlNode& node, Result<std::string> (*parse)(std::string_view), Put put) {
    if (node.kind == Kind::null) {
        put(std::string());
        return {};
    }
    return scalar(node, parse, put);
}

std::string show_ranges(const std::vector<IdRange>& ranges) {
    std::vector<std::string> parts;
    for (const IdRange& range : ranges) parts.push_back(to_text(range));
    return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string show_bool(bool value) {
    return value ? "true" : "false";
}

std::string or_null(const std::string& text) {
    return text.empty() ? "null" : text;
}

// What a row says of its key: `node` is the value in the file, `c` the configuration.
#define READ(...) \
    []([[maybe_unused]] const YamlNode& node, [[maybe_unused]] Config& c) -> Problems { return __VA_ARGS__; }
#define SHOW(...) []([[maybe_unused]] const Config& c) -> std::string { return __VA_ARGS__; }
#define INTO(field) [&](auto value) { c.field = static_cast<decltype(c.field)>(std::move(value)); }

using namespace std::chrono_literals;

Problems read_ranges(const YamlNode& node, Config& config) {
    auto problems = list(node, new_id_range, config.ids.ranges);
    if (problems.empty() && config.ids.ranges.empty())
        problems.push_back({&node, "an empty list leaves no ids to give"});
    return problems;
}

Problems read_domains(const YamlNode& node, Config& config) {
    auto& domains = config.users.email_domains;
    if (node.kind == Kind::scalar && node.text == "any") {
        domains.clear();
        return {};
    }
    auto problems = list(node, any_text, domains);
    if (problems.empty() && domains.empty())
        problems.push_back({&node, "an empty list allows no address: write any"});
    return problems;
}

// small: {tasks_max: 512, memory_max: 2G}; nothing or {}: no limits
Problems read_limits(const YamlNode& node, ClassLimits& limits) {
    if (node.kind == Kind::null) return {};
    if (node.kind != Kind::mapping)
        return {{&node, "a table of limits is expected here: {tasks_max: 512, memory_max: 2G}, or {}"}};
    Problems problems;
    for (const auto& [key, value] : node.entries) {
        Problems more;
        if (key.text == "tasks_max") {
            more = scalar(value, number(1, most_tasks), [&](auto count) { limits.tasks_max = count; });
        } else if (key.text == "memory_max") {
            more = scalar(value, size(least_memory, most_memory),
                          [&](auto bytes) { limits.memory_max = bytes; });
        } else {
            const auto near = nearest_word(key.text, {"tasks_max", "memory_max"});
            more = {{&key, fmt::format("unknown key \"{}\" in a class.{}", escaped(key.text),
                                       near.empty() ? "" : fmt::format(" Did you mean \"{}\"?", near))}};
        }
        problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
}

Problems read_classes(const YamlNode& node, Config& config) {
    if (node.kind != Kind::mapping || node.entries.empty())
        return {{&node, "a table of names is expected here: {small: {}, large: {}}"}};
    Problems problems;
    std::vector<std::string> names;
    std::map<std::string, ClassLimits> limited;
    for (const auto& [name, value] : node.entries) {
        if (!is_lookup_name(name.text))
            problems.push_back(
                {&name, fmt::format("\"{}\" cannot be the name of a class", escaped(name.text))});
        ClassLimits limits;
        const auto more = read_limits(value, limits);
        problems.insert(problems.end(), more.begin(), more.end());
        if (limits != ClassLimits{}) limited[name.text] = limits;
        names.push_back(name.text);
    }
    if (!problems.empty()) return problems;
    config.classes = std::move(names);
    config.class_limits = std::move(limited);
    return {};
}

std::string show_limits(const ClassLimits& limits) {
    std::vector<std::string> parts;
    if (limits.tasks_max != 0) parts.push_back(fmt::format("tasks_max: {}", limits.tasks_max));
    if (limits.memory_max != 0)
        parts.push_back(fmt::format("memory_max: {}", size_to_text(limits.memory_max)));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string show_classes(const Config& config) {
    std::vector<std::string> parts;
    for (const auto& name : config.classes) {
        const auto limits = config.class_limits.find(name);
        parts.push_back(fmt::format(
            "{}: {}", name, limits == config.class_limits.end() ? "{}" : show_limits(limits->second)));
    }
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

Result<std::string> step_up_act(std::string_view text) {
    static const auto known = one_of(
        {"delete-user", "mfa-reset", "password-reset", "role-grant", "ssh-key", "suspend", "apply", "prune"});
    return known(text);
}

Result<unsigned> home_mode(std::string_view text) {
    unsigned mode = 0;
    for (const char c : text) {
        if (c < '0' || c > '7' || mode > 0777)
            return fail(Errc::invalid, "\"{}\" is no mode such as \"0700\"", escaped(text));
        mode = mode * 8 + static_cast<unsigned>(c - '0');
    }
    if (text.size() < 3 || (mode & 0700) != 0700 || (mode & ~0755U) != 0)
        return fail(Errc::invalid, "a mode between \"0700\" and \"0755\" is expected here");
    return mode;
}

Result<std::string> issuer(std::string_view text) {
    if (text.empty() || text.size() > 64 || text.find(':') != std::string_view::npos)
        return fail(Errc::invalid, "1 to 64 characters without a colon are expected here");
    return std::string(text);
}

const ConfigKey keys[] = {
    {"version", "The version of this file's format: 1.", READ(scalar(node, number(1, 1), [](auto) {})),
     SHOW("1")},
    {"ids.ranges", "New uids and gids come from these ranges, in this order.", read_ranges,
     SHOW(show_ranges(c.ids.ranges))},
    {"ids.accept", "Ids outside of ids.ranges that an admin may give by hand.",
     READ(list(node, accepted_id_range, c.ids.accept)), SHOW(show_ranges(c.ids.accept))},
    {"ids.assign", "next: the next free id. by-name: a keyed hash of the name, the same on every host.",
     READ(scalar(node, one_of({"next", "by-name"}),
                 [&](const std::string& word) { c.ids.by_name = word == "by-name"; })),
     SHOW(c.ids.by_name ? "by-name" : "next")},
    {"local_groups",
     "Groups of /etc/group that userd may put its users in; each must stand in /etc/userd/local-groups too.",
     READ(list(node, group_name, c.local_groups)),
     SHOW(fmt::format("[{}]", fmt::join(c.local_groups, ", ")))},
    {"users.name.min", "Least length of a new name.", READ(scalar(node, number(1, 31), INTO(users.name_min))),
     SHOW(std::to_string(c.users.name_min))},
    {"users.name.max", "Greatest length of a new name.",
     READ(scalar(node, number(1, 31), INTO(users.name_max))), SHOW(std::to_string(c.users.name_max))},
    {"users.name.pattern", "What a new name must match, whole (ECMAScript regular expression).",
     READ(scalar(node, name_pattern, INTO(users.name_pattern))), SHOW(c.users.name_pattern)},
    {"users.names_hold", "How long the name of a deleted or renamed user is held back.",
     READ(scalar(node, duration(0s, 24h * 3650), INTO(users.names_hold))), SHOW(to_text(c.users.names_hold))},
    {"users.email.required", "Whether every user must have a mail address.",
     READ(scalar(node, parse_bool, INTO(users.email_required))), SHOW(show_bool(c.users.email_required))},
    {"users.email.unique", "Whether two users may not share a mail address.",
     READ(scalar(node, parse_bool, INTO(users.email_unique))), SHOW(show_bool(c.users.email_unique))},
    {"users.email.domains", "Domains that mail addresses may have; any: all.", read_domains,
     SHOW(c.users.email_domains.empty() ? "any"
                                        : fmt::format("[{}]", fmt::join(c.users.email_domains, ", ")))},
    {"users.primary_group", "private: a group of the user's own name and number. Else an existing group.",
     READ(scalar(node, group_name, INTO(users.primary_group))), SHOW(c.users.primary_group)},
    {"users.role", "Role of new users.", READ(scalar(node, group_name, INTO(users.role))),
     SHOW(c.users.role)},
    {"users.shell", "Shell of new users.", READ(scalar(node, absolute_path, INTO(users.shell))),
     SHOW(c.users.shell)},
    {"users.home", "Home directory of new users; {name} stands for the name.",
     READ(scalar(node, path_with_name, INTO(users.home))), SHOW(c.users.home)},
    {"users.home_create", "When userd-homes makes a home: never, create (with the user) or first-login.",
     READ(scalar(node, one_of({"never", "create", "first-login"}), INTO(users.home_create))),
     SHOW(c.users.home_create)},
    {"users.home_mode", "Permissions of a new home, in octal and quotes; others can never be let write.",
     READ(scalar(node, home_mode, INTO(users.home_mode))),
     SHOW(fmt::format("\"{:04o}\"", c.users.home_mode))},
    {"users.skeleton", "Folder whose contents a new home begins with; null: none.",
     READ(optional_text(node, absolute_path, INTO(users.skeleton))), SHOW(or_null(c.users.skeleton))},
    {"users.self_email", "Whether people may change their own mail address (it is a recovery path).",
     READ(scalar(node, parse_bool, INTO(users.self_email))), SHOW(show_bool(c.users.self_email))},
    {"users.self_delete",
     "never, or suspend: people may suspend their own account; only an admin resumes it.",
     READ(scalar(node, one_of({"never", "suspend"}),
                 [&](const std::string& word) { c.users.self_suspend = word == "suspend"; })),
     SHOW(c.users.self_suspend ? "suspend" : "never")},
    {"users.class", "Class of new users, one of classes.",
     READ(scalar(node, group_name, INTO(users.user_class))), SHOW(c.users.user_class)},
    {"users.sftp_group", "Group that users of the kind sftp are put into; it must exist.",
     READ(scalar(node, group_name, INTO(users.sftp_group))), SHOW(c.users.sftp_group)},
    {"users.sftp_home", "Home directory of users of the kind sftp; {name} stands for the name.",
     READ(scalar(node, path_with_name, INTO(users.sftp_home))), SHOW(c.users.sftp_home)},
    {"classes",
     "The classes that users may have, each with the limits that all sessions of such a user share: "
     "tasks_max (processes and threads), memory_max (a size). See CLASSES.",
     read_classes, show_classes},
    {"password.policy",
     "nist: at least 15 characters alone, 8 with a second factor. cis: at least 14, of all four classes; the "
     "last 24 do not come back, and after 365 days it must be changed.",
     READ(scalar(node, one_of({"nist", "cis"}), INTO(password.policy))), SHOW(c.password.policy)},
    {"password.blocklist",
     "File of passwords that are refused, one a line; root's, and readable by userd. Read at start and "
     "reload.",
     READ(optional_text(node, absolute_path, INTO(password.blocklist))), SHOW(or_null(c.password.blocklist))},
    {"password.hash.memory", "Memory of one Argon2id run.",
     READ(scalar(node, size(8ULL << 20, 1ULL << 30), INTO(password.hash_memory))),
     SHOW(size_to_text(c.password.hash_memory))},
    {"password.hash.passes", "Passes of one Argon2id run.",
     READ(scalar(node, number(1, 20), INTO(password.hash_passes))),
     SHOW(std::to_string(c.password.hash_passes))},
    {"password.generate", "Form of generated passwords: words.",
     READ(scalar(node, one_of({"words"}), INTO(password.generate))), SHOW(c.password.generate)},
    {"hash_memory", "Memory of all password hashes at once; the workers are as many as fit.",
     READ(scalar(node, size(8ULL << 20, 64ULL << 30), INTO(hash_memory))), SHOW(size_to_text(c.hash_memory))},
    {"mfa.default",
     "off, optional (who has enrolled must give a code) or required, for who has no setting of their own.",
     READ(scalar(node, one_of({"off", "optional", "required"}), INTO(mfa.policy))), SHOW(c.mfa.policy)},
    {"mfa.grace",
     "How long a new account whose mfa is required logs in without a code as long as it has set up none. At "
     "most mfa.enrol_window.",
     READ(scalar(node, duration(0s, 24h * 365), INTO(mfa.grace))), SHOW(to_text(c.mfa.grace))},
    {"mfa.enrol_window",
     "How long a new user, or one who must have codes only now, may enrol with the password alone.",
     READ(scalar(node, duration(0s, 24h * 365), INTO(mfa.enrol_window))), SHOW(to_text(c.mfa.enrol_window))},
    {"mfa.issuer", "Name that authenticator apps show; {host} stands for the host's name.",
     READ(scalar(node, issuer, INTO(mfa.issuer))), SHOW(c.mfa.issuer)},
    {"mfa.digits", "Digits of a code: 6 or 8.",
     READ(scalar(node, one_of({"6", "8"}),
                 [&](const std::string& word) { c.mfa.digits = word == "8" ? 8 : 6; })),
     SHOW(std::to_string(c.mfa.digits))},
    {"mfa.algorithm", "Hash of new keys: SHA1 (every app knows it), SHA256 or SHA512.",
     READ(scalar(node, one_of({"SHA1", "SHA256", "SHA512"}), INTO(mfa.algorithm))), SHOW(c.mfa.algorithm)},
    {"mfa.recovery_codes", "How many recovery codes an enrolment gives.",
     READ(scalar(node, number(0, 32), INTO(mfa.recovery_codes))), SHOW(std::to_string(c.mfa.recovery_codes))},
    {"lockout.failures", "Wrong tries before a lock-out.",
     READ(scalar(node, number(1, 100), INTO(lockout.failures))), SHOW(std::to_string(c.lockout.failures))},
    {"lockout.duration", "Length of the first lock-out; each further one is longer.",
     READ(scalar(node, duration(1s, 24h), INTO(lockout.duration))), SHOW(to_text(c.lockout.duration))},
    {"lockout.longest", "Length of the longest lock-out.",
     READ(scalar(node, duration(1s, 24h * 7), INTO(lockout.longest))), SHOW(to_text(c.lockout.longest))},
    {"lockout.stop_after",
     "Wrong tries in a row from unknown networks, after which these are locked out until an "
     "admin runs userctl unlock. Networks that a right login came from lately, and the host "
     "itself, are never stopped.",
     READ(scalar(node, number(1, 100), INTO(lockout.stop_after))),
     SHOW(std::to_string(c.lockout.stop_after))},
    {"login.rules", "Which factors a login needs; the first rule that matches decides.", read_rules,
     show_rules},
    {"login.access", "Who may log in at all, where and when. Left out: everyone who is active.", read_access,
     show_access},
    {"step_up.acts",
     "What asks a caller who has one-time codes for a code: delete-user, mfa-reset, password-reset, "
     "role-grant, "
     "ssh-key, suspend, apply, prune.",
     READ(list(node, step_up_act, c.step_up.acts)),
     SHOW(fmt::format("[{}]", fmt::join(c.step_up.acts, ", ")))},
    {"step_up.for", "How long one code is enough for all of them.",
     READ(scalar(node, duration(10s, 24h), INTO(step_up.duration))), SHOW(to_text(c.step_up.duration))},
    {"audit.keep", "How long the audit trail goes back; the oldest day is dropped first.",
     READ(scalar(node, duration(24h, 24h * 36500), INTO(audit.keep))), SHOW(to_text(c.audit.keep))},
    {"audit.max_size", "The most that the audit trail may take; the oldest day is dropped first.",
     READ(scalar(node, size(1ULL << 20, 1ULL << 40), INTO(audit.max_size))),
     SHOW(size_to_text(c.audit.max_size))},
    {"expire.end_sessions", "Whether the sessions of an account whose end has come are ended.",
     READ(scalar(node, parse_bool, INTO(expire.end_sessions))), SHOW(show_bool(c.expire.end_sessions))},
    {"archive.keep", "How long archives of deleted users' homes are kept in /var/lib/userd-homes.",
     READ(scalar(node, duration(24h, 24h * 3650), INTO(archive_keep))), SHOW(to_text(c.archive_keep))},
    {"resources.paths", "Folders that files of a user are looked for in; homes.yaml must allow them.",
     READ(list(node, absolute_path, c.resources_paths)),
     SHOW(fmt::format("[{}]", fmt::join(c.resources_paths, ", ")))},
    {"audit.log_success", "Whether right logins and sessions are kept in the audit trail.",
     READ(scalar(node, parse_bool, INTO(audit.log_success))), SHOW(show_bool(c.audit.log_success))},
    {"contact.admin", "Shown where a person is told to ask somebody.",
     READ(optional_text(node, any_text, INTO(contact_admin))), SHOW(or_null(c.contact_admin))},
    {"metrics.textfile",
     "File for node exporter's textfile collector, written by rename; the daemon must be able to write its "
     "folder.",
     READ(optional_text(node, absolute_path, INTO(metrics.textfile))), SHOW(or_null(c.metrics.textfile))},
    {"metrics.interval", "How often the file is written.",
     READ(scalar(node, duration(1s, 24h), INTO(metrics.interval))), SHOW(to_text(c.metrics.interval))},
    {"log.level", "error, warning, notice, info or debug.",
     READ(scalar(node, one_of({"error", "warning", "notice", "info", "debug"}), INTO(log_level))),
     SHOW(c.log_level)},
};

}  // namespace

Result<std::string> any_text(std::string_view text) {
    return std::string(text);
}

Result<std::string> group_name(std::string_view text) {
    if (!is_lookup_name(text)) return fail(Errc::invalid, "\"{}\" is not a group name", escaped(text));
    return std::string(text);
}

std::span<const ConfigKey> config_keys() {
    return keys;
}

bool is_config_key(std::string_view path) {
    return is_ldap_key(path) || std::any_of(std::begin(keys), std::end(keys),
                                            [&](const ConfigKey& key) { return key.path == path; });
}

std::vector<std::string> contradictions(const Config& config) {
    std::vector<std::string> found = ldap_contradictions(config);
    if (config.users.name_min > config.users.name_max)
        found.push_back(fmt::format("users.name: min {} is greater than max {}", config.users.name_min,
                                    config.users.name_max));
    const auto& classes = config.classes;
    if (std::find(classes.begin(), classes.end(), config.users.user_class) == classes.end())
        found.push_back(fmt::format("users.class: {} is not one of classes", config.users.user_class));
    if (config.password.hash_memory > config.hash_memory)
        found.push_back(
            fmt::format("hash_memory: {} is less than one hash needs (password.hash.memory is {})",
                        size_to_text(config.hash_memory), size_to_text(config.password.hash_memory)));
    if (config.mfa.grace > config.mfa.enrol_window)
        found.push_back("mfa: grace is longer than enrol_window: who waits for its end could enrol no more");
    if (config.lockout.duration > config.lockout.longest)
        found.push_back("lockout: duration is greater than longest");
    if (config.lockout.stop_after < config.lockout.failures)
        found.push_back(fmt::format("lockout: stop_after {} is less than failures {}",
                                    config.lockout.stop_after, config.lockout.failures));
    return found;
}

}  // namespace userd
