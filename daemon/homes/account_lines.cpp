// SPDX-License-Identifier: LGPL-2.1-or-later
// passwd(5), shadow(5), group(5), gshadow(5). Other accounts' lines are other people's: whatever does not
// parse stays to the byte, and an account that is tied to others is left to a person.
#include "daemon/homes/account_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "common/base/text.h"
#include "common/names.h"
#include "daemon/model/rights.h"

namespace userd::homes {
namespace {

constexpr std::uint32_t first_id = 1000, last_id = 59999;  // of login.defs: people's

using Fields = std::vector<std::string_view>;

bool contains(const Fields& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<std::uint32_t> id_in(std::string_view text) {
    const auto number = parse_number(text);
    if (!number || *number > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

std::optional<std::int64_t> day_in(const Fields& shadow, std::size_t index) {
    if (index >= shadow.size()) return std::nullopt;
    const auto number = parse_number(shadow[index]);
    return number ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt;
}

// Calls with each line that has an entry's form, split.
void for_each_entry(std::string_view text, std::size_t least,
                    const std::function<void(std::string_view line, const Fields& fields)>& take) {
    for (const auto line : split(text, '\n')) {
        if (line.empty() || line[0] == '#' || line[0] == '+' || line[0] == '-') continue;
        const auto fields = split(line, ':');
        if (fields.size() >= least) take(line, fields);
    }
}

// The least fields of a line.
constexpr std::size_t passwd_fields = 7, group_fields = 4, shadow_fields = 2;

std::string_view line_of(std::string_view text, std::string_view name, std::size_t least = shadow_fields) {
    std::string_view found;
    for_each_entry(text, least, [&](std::string_view line, const Fields& fields) {
        if (found.empty() && fields[0] == name) found = line;
    });
    return found;
}

Failure entangled(std::string_view name, std::string_view why, std::string hint = {}) {
    return fail(Error{Errc::policy_violation,
                      fmt::format("{} cannot be adopted: {}", escaped(name), why),
                      std::move(hint),
                      {}});
}

// FNV-1a: tells that a line has changed, and nothing about it.
std::uint64_t add_to_print(std::uint64_t print, std::string_view text) {
    for (const char c : text) print = (print ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return (print ^ '\n') * 0x100000001B3U;
}

constexpr const char* unreadable = "its line in /etc/passwd cannot be read";

struct Entry {
    std::string_view line;
    Fields fields;
};

// The one entry of the name.
Result<Entry> find_entry(std::string_view passwd, std::string_view name) {
    Entry found;
    unsigned times = 0;
    for_each_entry(passwd, 1, [&](std::string_view line, const Fields& fields) {
        if (fields[0] != name) return;
        if (times++ == 0 && fields.size() >= passwd_fields) found = {line, fields};
    });
    if (times == 0)
        return fail(
            Error{Errc::no_such_user, fmt::format("{} is not in /etc/passwd", escaped(name)), {}, {}});
    if (times > 1) return entangled(name, "/etc/passwd has the name more than once");
    if (found.fields.empty()) return entangled(name, unreadable);
    return found;
}

Result<void> check_ordinary(const Entry& entry, std::string_view name, std::uint32_t uid) {
    if (uid < first_id || uid > last_id || is_reserved_id(uid))
        return fail(Errc::denied, "{} cannot be adopted: uid {} is the system's, only {}-{} are people's",
                    escaped(name), uid, first_id, last_id);
    if (!is_lookup_name(name) || escaped(name) != name)
        return entangled(name, "no tool would take the name for one");
    if (entry.fields[1] != "x")
        return entangled(name, "its password is not kept in /etc/shadow", "pwconv, as root");
    return {};
}

Result<void> check_alone(const AccountFiles& files, std::string_view name, std::uint32_t uid) {
    std::string problem, hint;
    for_each_entry(files.passwd, 3, [&](std::string_view, const Fields& fields) {
        if (fields[0] == name) return;
        if (id_in(fields[2]) == uid) problem = fmt::format("{} has the uid {} too", escaped(fields[0]), uid);
        if (fields.size() > 3 && id_in(fields[3]) == uid)
            problem = fmt::format("its group is the primary group of {} too", escaped(fields[0]));
    });
    unsigned groups = 0;
    for_each_entry(files.group, 3, [&](std::string_view, const Fields& fields) {
        const bool named = fields[0] == name, numbered = id_in(fields[2]) == uid;
        if (!named && !numbered) return;
        ++groups;
        if (named != numbered)
            problem = fmt::format("the group {} has the gid {}", escaped(fields[0]), escaped(fields[2]));
        if (fields.size() < group_fields) return;
        for (const auto member : split(fields[3], ','))
            if (!trimmed(member).empty() && trimmed(member) != name) {
                problem = fmt::format("{} is in its group", escaped(trimmed(member)));
                hint = fmt::format("gpasswd -d {} {}", escaped(trimmed(member)), name);
            }
    });
    if (groups > 1) problem = "/etc/group has its name or number more than once";
    if (!problem.empty()) return entangled(name, problem, hint);
    return {};
}

std::vector<std::string> groups_of(std::string_view group, std::string_view name) {
    std::vector<std::string> found;
    for_each_entry(group, group_fields, [&](std::string_view, const Fields& fields) {
        if (fields[0] == name) return;
        for (const auto member : split(fields[3], ','))
            if (trimmed(member) == name && !contains(found, fields[0])) found.emplace_back(fields[0]);
    });
    return found;
}

bool is_usable(std::string_view hash) {
    return !hash.empty() && hash[0] != '!' && hash[0] != '*';
}

// The text without the lines for which `goes` holds.
std::string without_lines(std::string_view text, const std::function<bool(std::string_view)>& goes) {
    std::string kept;
    kept.reserve(text.size());
    for (std::size_t from = 0; from < text.size();) {
        const auto end = std::min(text.find('\n', from), text.size() - 1) + 1;
        const auto whole = text.substr(from, end - from);
        if (!goes(whole.substr(0, whole.ends_with('\n') ? whole.size() - 1 : whole.size()))) kept += whole;
        from = end;
    }
    return kept;
}

// Takes the first line of the name out; empty: there is none, or another than the known one.
std::string take_line(std::string& text, std::string_view name, std::size_t least, const std::string* known) {
    const std::string line(line_of(text, name, least));
    if (line.empty() || (known != nullptr && *known != line)) return {};
    text = without_lines(text, [&](std::string_view one) { return one == line; });
    return line;
}

// Changes the names in one field of the groups that are named.
void edit_names(std::string& text, const std::vector<std::string>& groups, std::size_t field,
                const std::function<void(Fields&)>& edit) {
    std::string changed;
    changed.reserve(text.size() + 64);
    for (std::size_t from = 0; from < text.size();) {
        const auto end = std::min(text.find('\n', from), text.size() - 1) + 1;
        const std::string_view whole = std::string_view(text).substr(from, end - from);
        const bool ended = whole.ends_with('\n');
        const auto fields = split(whole.substr(0, whole.size() - (ended ? 1 : 0)), ':');
        if (fields.size() == 4 && contains(groups, fields[0])) {
            Fields names = fields[field].empty() ? Fields() : split(fields[field], ',');
            edit(names);
            for (std::size_t i = 0; i < fields.size(); ++i)
                changed += fmt::format(
                    "{}{}", i == 0 ? "" : ":",
                    i == field ? fmt::format("{}", fmt::join(names, ",")) : std::string(fields[i]));
            if (ended) changed += '\n';
        } else {
            changed += whole;
        }
        from = end;
    }
    text = std::move(changed);
}

// Before the lines that bring in NIS, which end what is the host's own.
void add_line(std::string& text, const std::string& line) {
    if (!text.empty() && text.back() != '\n') text += '\n';
    std::size_t at = 0;
    while (at < text.size() && text[at] != '+') at = text.find('\n', at) + 1;
    text.insert(at, line + "\n");
}

Result<void> check_free(std::string_view text, std::string_view line, std::size_t id_field,
                        std::string_view file) {
    const auto own = split(line, ':');
    std::string taken;
    for_each_entry(text, id_field + 1, [&](std::string_view other, const Fields& fields) {
        if (fields[0] == own[0] ? fields[id_field] != own[id_field]
                                : id_in(fields[id_field]) == id_in(own[id_field]))
            taken = other.substr(0, other.find(':'));
    });
    if (taken.empty()) return {};
    return fail(Error{Errc::exists,
                      fmt::format("{} cannot come back: {} has {} with that name or number", escaped(own[0]),
                                  file, escaped(taken)),
                      "renaming or removing that one",
                      {}});
}

}  // namespace

std::vector<std::string> account_names(std::string_view passwd) {
    std::vector<std::string> names;
    std::set<std::string_view> seen;
    for_each_entry(passwd, passwd_fields, [&](std::string_view, const Fields& fields) {
        if (seen.insert(fields[0]).second) names.emplace_back(fields[0]);
    });
    return names;
}

Result<HostAccount> read_account(const AccountFiles& files, std::string_view name) {
    const Entry entry = TRY(find_entry(files.passwd, name));
    const auto uid = id_in(entry.fields[2]), gid = id_in(entry.fields[3]);
    if (!uid || !gid) return entangled(name, unreadable);
    TRY(check_ordinary(entry, name, *uid));
    if (*gid != *uid)
        return entangled(name, fmt::format("its primary group is {}, not one of its own", *gid),
                         fmt::format("groupadd -g {0} {1} && usermod -g {0} {1}", *uid, name));
    TRY(check_alone(files, name, *uid));
    unsigned secrets = 0;
    for_each_entry(files.shadow, 1,
                   [&](std::string_view, const Fields& fields) { secrets += fields[0] == name; });
    if (secrets > 1) return entangled(name, "/etc/shadow has the name more than once");
    const std::string_view shadow = line_of(files.shadow, name);
    const auto secret = split(shadow, ':');
    HostAccount account;
    account.name = name;
    account.uid = *uid;
    account.gecos = entry.fields[4];
    account.home = entry.fields[5];
    account.shell = entry.fields[6];
    if (!shadow.empty() && secret[1].empty())
        return entangled(name, "it has an empty password", fmt::format("passwd {0}, or passwd -l {0}", name));
    account.hash = Secret(shadow.empty() ? std::string_view("*") : secret[1]);
    account.changed_day = day_in(secret, 2);
    account.expires_day = day_in(secret, 7);
    account.groups = groups_of(files.group, name);
    account.fingerprint = add_to_print(add_to_print(0xCBF29CE484222325U, entry.line), shadow);
    return account;
}

std::vector<std::string> administrators(const AccountFiles& files) {
    std::set<std::string> found;
    std::set<std::uint32_t> gids;
    for_each_entry(files.group, group_fields, [&](std::string_view, const Fields& fields) {
        if (!is_root_equivalent(fields[0])) return;
        if (const auto gid = id_in(fields[2])) gids.insert(*gid);
        for (const auto member : split(fields[3], ',')) found.emplace(trimmed(member));
    });
    std::set<std::string> names;
    for_each_entry(files.passwd, passwd_fields, [&](std::string_view, const Fields& fields) {
        const auto gid = id_in(fields[3]);
        if (!found.contains(std::string(fields[0])) && !(gid && gids.contains(*gid))) return;
        const auto secret = split(line_of(files.shadow, fields[0]), ':');
        if (secret.size() > 1 && is_usable(secret[1])) names.emplace(fields[0]);
    });
    return {names.begin(), names.end()};
}

AccountLines take_lines(AccountFiles& files, std::string_view name, const std::vector<std::string>& leave,
                        const AccountLines* known) {
    AccountLines taken;
    taken.passwd = take_line(files.passwd, name, passwd_fields, known ? &known->passwd : nullptr);
    taken.shadow = take_line(files.shadow, name, shadow_fields, known ? &known->shadow : nullptr);
    taken.group = take_line(files.group, name, group_fields, known ? &known->group : nullptr);
    taken.gshadow = take_line(files.gshadow, name, shadow_fields, known ? &known->gshadow : nullptr);
    for (const auto& group : groups_of(files.group, name))
        if (contains(leave, group)) taken.member_of.push_back(group);
    const auto take_out = [&](Fields& names) {
        std::erase_if(names, [&](std::string_view one) { return trimmed(one) == name; });
    };
    edit_names(files.group, leave, 3, take_out);
    edit_names(files.gshadow, leave, 3, take_out);
    return taken;
}

Result<void> put_lines(AccountFiles& files, const AccountLines& lines) {
    const auto name = std::string(lines.passwd.substr(0, lines.passwd.find(':')));
    TRY(check_free(files.passwd, lines.passwd, 2, "/etc/passwd"));
    if (!lines.group.empty()) TRY(check_free(files.group, lines.group, 2, "/etc/group"));
    const auto put = [&](std::string& text, const std::string& line, std::size_t least) {
        if (!line.empty() && line_of(text, name, least).empty()) add_line(text, line);
    };
    put(files.passwd, lines.passwd, passwd_fields);
    put(files.shadow, lines.shadow, shadow_fields);
    put(files.group, lines.group, group_fields);
    put(files.gshadow, lines.gshadow, shadow_fields);
    const auto put_in = [&](Fields& names) {
        if (!contains(names, name)) names.push_back(name);
    };
    edit_names(files.group, lines.member_of, 3, put_in);
    edit_names(files.gshadow, lines.member_of, 3, put_in);
    return {};
}

std::string to_text(const AccountLines& lines) {
    std::string text = fmt::format("passwd {}\nshadow {}\ngroup {}\ngshadow {}\n", lines.passwd, lines.shadow,
                                   lines.group, lines.gshadow);
    for (const auto& group : lines.member_of) text += fmt::format("member {}\n", group);
    return text + "end\n";
}

Result<AccountLines> parse_account_lines(std::string_view text) {
    AccountLines lines;
    bool ended = false;
    for (const auto line : split(text, '\n')) {
        if (line == "end") ended = true;
        const auto blank = line.find(' ');
        if (blank == std::string_view::npos) continue;
        const auto key = line.substr(0, blank), value = line.substr(blank + 1);
        if (key == "passwd") lines.passwd = value;
        if (key == "shadow") lines.shadow = value;
        if (key == "group") lines.group = value;
        if (key == "gshadow") lines.gshadow = value;
        if (key == "member") lines.member_of.emplace_back(value);
    }
    const auto is_whole = [](const std::string& line, std::size_t least) {
        return line.empty() || split(line, ':').size() >= least;
    };
    if (ended && !lines.passwd.empty() && is_whole(lines.passwd, passwd_fields) &&
        is_whole(lines.shadow, shadow_fields) && is_whole(lines.group, group_fields) &&
        is_whole(lines.gshadow, shadow_fields))
        return lines;
    return fail(Errc::io, "the kept lines of an adopted account cannot be read");
}

}  // namespace userd::homes
