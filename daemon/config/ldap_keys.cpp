// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/ldap_keys.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "common/base/text.h"
#include "common/names.h"
#include "daemon/config/ldap_syntax.h"
#include "daemon/config/login_line.h"

namespace userd {
namespace {

using Kind = YamlNode::Kind;
using namespace std::chrono_literals;

constexpr std::string_view attribute_names[] = {
    "name",      "uid",         "gid",     "first_name", "last_name", "display_name",
    "email",     "phone",       "shell",   "home",       "ssh_keys",  "group_name",
    "group_gid", "description", "members", "uuid",       "sid",       "totp_secret"};

template <typename Word>
struct Choice {
    std::string_view text;
    Word word;
};
constexpr Choice<LdapSource::Schema> schemas[] = {{"rfc2307", LdapSource::Schema::rfc2307},
                                                  {"rfc2307bis", LdapSource::Schema::rfc2307bis},
                                                  {"ad", LdapSource::Schema::ad}};
constexpr Choice<LdapSource::IdMapping> id_mappings[] = {{"none", LdapSource::IdMapping::none},
                                                         {"sssd", LdapSource::IdMapping::sssd}};
constexpr Choice<LdapSource::Sasl> sasls[] = {{"none", LdapSource::Sasl::none},
                                              {"external", LdapSource::Sasl::external},
                                              {"gssapi", LdapSource::Sasl::gssapi}};

template <typename Word>
Problems read_choice(const YamlNode& node, std::span<const Choice<Word>> choices, Word& into) {
    return scalar(
        node,
        [&](std::string_view text) -> Result<Word> {
            std::vector<std::string_view> words;
            for (const auto& choice : choices) {
                if (choice.text == text) return choice.word;
                words.push_back(choice.text);
            }
            return fail(Errc::invalid, "\"{}\" is not one of {}", escaped(text), fmt::join(words, ", "));
        },
        [&](Word word) { into = word; });
}

template <typename Word>
std::string show_choice(std::span<const Choice<Word>> choices, Word word) {
    for (const auto& choice : choices)
        if (choice.word == word) return std::string(choice.text);
    return {};
}

template <typename Parse>
Problems text_or_null(const YamlNode& node, Parse parse, std::string& into) {
    if (node.kind == Kind::null) {
        into.clear();
        return {};
    }
    return scalar(node, parse, [&](std::string text) { into = std::move(text); });
}

// Which parts of a range nobody may have, for the message.
Result<IdRange> ldap_id_range(std::string_view text) {
    const IdRange range = TRY(parse_id_range(text));
    for (std::uint32_t id = range.first; id <= range.last && id <= 65536; ++id)
        if (is_reserved_id(id))
            return fail(
                Errc::invalid,
                "{} holds {}, and 0-999, 60001-60577, 61184-65519, 65534 and 65535 are never anybody's",
                to_text(range), id);
    return range;
}

Problems read_id_ranges(const YamlNode& node, LdapSource& source) {
    auto problems = list(node, ldap_id_range, source.id_ranges);
    if (problems.empty() && source.id_ranges.empty())
        problems.push_back({&node, "an empty list would take no account"});
    return problems;
}

Problems read_uris(const YamlNode& node, LdapSource& source) {
    auto problems = list(node, parse_ldap_uri, source.uris);
    if (problems.empty() && source.uris.empty()) problems.push_back({&node, "an empty list names no server"});
    return problems;
}

Result<std::string> plain_text(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return fail(Errc::invalid, "\"{}\" has a control character", escaped(text));
    if (text.empty() || text.size() > 1024) return fail(Errc::invalid, "1 to 1024 bytes are expected here");
    return std::string(text);
}

// systemd.exec(5): a credential's name is a file's.
Result<std::string> credential_name(std::string_view text) {
    if (text.empty() || text.size() > 255 || text == "." || text == ".." ||
        text.find('/') != std::string_view::npos || !plain_text(text))
        return fail(Errc::invalid, "\"{}\" is not the name of a systemd credential", escaped(text));
    return std::string(text);
}

Result<std::string> absolute_path(std::string_view text) {
    if (!text.starts_with('/') || text.find(':') != std::string_view::npos || !plain_text(text))
        return fail(Errc::invalid, "\"{}\" is not an absolute path", escaped(text));
    return std::string(text);
}

Result<std::string> home_template(std::string_view text) {
    std::string path = TRY(absolute_path(text));
    std::string_view rest = path;
    bool is_own = false;
    for (std::size_t brace = rest.find('{'); brace != std::string_view::npos; brace = rest.find('{')) {
        rest.remove_prefix(brace);
        if (!rest.starts_with("{name}") && !rest.starts_with("{uid}"))
            return fail(Errc::invalid, "{{name}} and {{uid}} alone stand for something");
        is_own = true;
        rest.remove_prefix(1);
    }
    if (!is_own) return fail(Errc::invalid, "the path must hold {{name}} or {{uid}}");
    return path;
}

Result<unsigned> percent(std::string_view text) {
    const auto number = parse_number(text.substr(0, text.size() - text.ends_with('%')));
    if (!text.ends_with('%') || !number || *number > 100)
        return fail(Errc::invalid, "\"{}\" is not a part of 0% to 100%", escaped(text));
    return static_cast<unsigned>(*number);
}

Problems read_attributes(const YamlNode& node, LdapSource& source) {
    if (node.kind == Kind::null) return {};
    if (node.kind != Kind::mapping) return {{&node, "a table is expected here: {ours: theirs}"}};
    Problems problems;
    const auto names = ldap_attribute_names();
    for (const auto& [key, value] : node.entries) {
        if (std::find(names.begin(), names.end(), key.text) == names.end()) {
            problems.push_back(unknown_key(key, "attributes", {names.begin(), names.end()}));
            continue;
        }
        auto more = scalar(
            value,
            [](std::string_view text) -> Result<std::string> {
                if (is_ldap_attribute(text)) return std::string(text);
                return fail(Errc::invalid, "\"{}\" is not the name of an attribute", escaped(text));
            },
            [&](std::string text) { source.attributes[key.text] = std::move(text); });
        problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
}

Problems read_groups_map(const YamlNode& node, LdapSource& source) {
    if (node.kind == Kind::null) return {};
    if (node.kind != Kind::mapping)
        return {{&node, "a table is expected here: {their group: a group of ours}"}};
    Problems problems;
    for (const auto& [key, value] : node.entries) {
        if (!is_lookup_name(key.text))
            problems.push_back({&key, fmt::format("\"{}\" is not a group name", escaped(key.text))});
        auto more = scalar(value, group_name,
                           [&](std::string name) { source.groups_map[key.text] = std::move(name); });
        problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
}

Problems read_source_access(const YamlNode& node, LdapSource& source) {
    source.access.clear();
    return node.kind == Kind::null ? Problems{} : read_access_lines(node, source.access);
}

// A text as YAML reads it back: plain where it can be, else in quotes. `inner`: within [] or {}.
std::string yaml_text(std::string_view text, bool inner = false) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/(";
    const auto none = std::string_view::npos;
    const bool is_plain = !text.empty() && plain.find(text[0]) != none && text != "null" &&
                          text.find(": ") == none && text.find(" #") == none && text.back() != ':' &&
                          text.back() != ' ' && (!inner || text.find_first_of(",[]{}:") == none);
    if (is_plain) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\"";
}

std::string or_null(const std::string& text) {
    return text.empty() ? "null" : yaml_text(text);
}

std::string show_list(const std::vector<std::string>& texts) {
    std::vector<std::string> parts;
    for (const auto& text : texts) parts.push_back(yaml_text(text, true));
    return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string show_map(const std::map<std::string, std::string>& map) {
    std::vector<std::string> parts;
    for (const auto& [key, value] : map)
        parts.push_back(fmt::format("{}: {}", yaml_text(key, true), yaml_text(value, true)));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string show_id_ranges(const LdapSource& source) {
    std::vector<std::string> parts;
    for (const IdRange& range : source.id_ranges) parts.push_back(to_text(range));
    return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string show_line(const AccessLine& line) {
    std::vector<std::string> parts, networks, people;
    const auto add = [](std::vector<std::string>& to, std::string_view key,
                        const std::vector<std::string>& values) {
        if (!values.empty()) to.push_back(fmt::format("{}: {}", key, show_list(values)));
    };
    for (const Network& network : line.networks) networks.push_back(to_text(network));
    add(parts, "service", line.services);
    add(parts, "network", networks);
    add(people, "users", line.users);
    add(people, "groups", line.groups);
    add(people, "roles", line.roles);
    if (!people.empty()) parts.push_back(fmt::format("allow: {{{}}}", fmt::join(people, ", ")));
    if (line.hours) parts.push_back(fmt::format("hours: {}", yaml_text(line.hours->text(), true)));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string show_source_access(const LdapSource& source) {
    std::vector<std::string> lines;
    for (const AccessLine& line : source.access) lines.push_back(show_line(line));
    return lines.empty() ? "null" : fmt::format("[{}]", fmt::join(lines, ", "));
}

// What a row says of its key: `node` is the value in the file, `s` the source.
#define READ(...) [](const YamlNode& node, LdapSource& s) -> Problems { return __VA_ARGS__; }
#define SHOW(...) [](const LdapSource& s) -> std::string { return __VA_ARGS__; }
#define INTO(field) [&](auto value) { s.field = value; }

const LdapKey keys[] = {
    {"uri",
     "The servers, all with the same content, in the order in which they are tried: ldaps://HOST[:PORT], "
     "ldap://HOST[:PORT] or ldapi://SOCKET.",
     true, read_uris, SHOW(show_list(s.uris))},
    {"base", "DN below which users and groups are looked for.", true,
     READ(scalar(node, parse_ldap_dn, INTO(base))), SHOW(yaml_text(s.base))},
    {"id_range",
     "The uids and gids that the source may bring; an entry with another one is quarantined. Ranges may "
     "overlap neither ids.ranges nor another source's.",
     true, read_id_ranges, show_id_ranges},
    {"schema",
     "rfc2307 (groups list names, memberUid), rfc2307bis (groups list DNs, member) or ad (Active Directory).",
     false, READ(read_choice<LdapSource::Schema>(node, schemas, s.schema)),
     SHOW(show_choice<LdapSource::Schema>(schemas, s.schema))},
    {"id_mapping",
     "none: the server holds the numbers. sssd, for schema ad alone: they are made of the SID by SSSD's "
     "rule.",
     false, READ(read_choice<LdapSource::IdMapping>(node, id_mappings, s.id_mapping)),
     SHOW(show_choice<LdapSource::IdMapping>(id_mappings, s.id_mapping))},
    {"bind.dn", "Whom userd-ldap logs in as; null: nobody (anonymous), or whom SASL says.", false,
     READ(text_or_null(node, plain_text, s.bind.dn)), SHOW(or_null(s.bind.dn))},
    {"bind.credential", "The systemd credential of userd-ldap.service that holds the password.", false,
     READ(scalar(node, credential_name, INTO(bind.credential))), SHOW(yaml_text(s.bind.credential))},
    {"bind.sasl", "none, external (a client certificate, or ldapi) or gssapi (Kerberos).", false,
     READ(read_choice<LdapSource::Sasl>(node, sasls, s.bind.sasl)),
     SHOW(show_choice<LdapSource::Sasl>(sasls, s.bind.sasl))},
    {"tls.ca", "File with the authorities that the server's certificate may come from; null: the system's.",
     false, READ(text_or_null(node, absolute_path, s.tls.ca)), SHOW(or_null(s.tls.ca))},
    {"tls.starttls", "Whether ldap:// becomes TLS before anything is said.", false,
     READ(scalar(node, parse_bool, INTO(tls.starttls))), SHOW(s.tls.starttls ? "true" : "false")},
    {"insecure", "Whether ldap:// may do without TLS, which only a server on this very host may.", false,
     READ(scalar(node, parse_bool, INTO(insecure))), SHOW(s.insecure ? "true" : "false")},
    {"filter.users", "Which of the users, beside the schema's own filter (RFC 4515); null: all.", false,
     READ(text_or_null(node, parse_ldap_filter, s.user_filter)), SHOW(or_null(s.user_filter))},
    {"filter.groups", "Which of the groups, the same way.", false,
     READ(text_or_null(node, parse_ldap_filter, s.group_filter)), SHOW(or_null(s.group_filter))},
    {"attributes",
     "Attributes that are called otherwise than in the schema: {ours: theirs}. See LDAP SOURCES.", false,
     read_attributes, SHOW(show_map(s.attributes))},
    {"groups_map",
     "Groups whose members are in a group of ours, or of local_groups, too: {their group: ours}. Nothing "
     "else "
     "of a server reaches a local group.",
     false, read_groups_map, SHOW(show_map(s.groups_map))},
    {"enumerate", "Whether the source's users and groups are listed by getent without a name.", false,
     READ(scalar(node, parse_bool, INTO(enumerate))), SHOW(s.enumerate ? "true" : "false")},
    {"timeout", "How long a server may take to answer, and a login to be decided.", false,
     READ(scalar(node, duration(1s, 60s), INTO(timeout))), SHOW(to_text(s.timeout))},
    {"guard",
     "The part of the accounts that one synchronisation may remove by itself; at least 5. More wait for "
     "userctl ldap confirm.",
     false, READ(scalar(node, percent, INTO(guard))), SHOW(fmt::format("{}%", s.guard))},
    {"grace", "How long an account that is gone from the server stays, suspended, before it is deleted.",
     false, READ(scalar(node, duration(0s, 24h * 3650), INTO(grace))), SHOW(to_text(s.grace))},
    {"offline.max_age",
     "How long after the last right login a password is good while no server answers; 0s: never.", false,
     READ(scalar(node, duration(0s, 24h * 365), INTO(offline_max_age))), SHOW(to_text(s.offline_max_age))},
    {"override.shell", "The shell of all users of the source; null: the server's.", false,
     READ(text_or_null(node, absolute_path, s.overrides.shell)), SHOW(or_null(s.overrides.shell))},
    {"override.shell_missing",
     "The shell of those whose own is none, or not in /etc/shells; null: users.shell for those without.",
     false, READ(text_or_null(node, absolute_path, s.overrides.shell_missing)),
     SHOW(or_null(s.overrides.shell_missing))},
    {"override.home", "The home of all users of the source, with {name} and {uid}; null: the server's.",
     false, READ(text_or_null(node, home_template, s.overrides.home)), SHOW(or_null(s.overrides.home))},
    {"override.home_prefix_strip",
     "What is cut from the front of the server's homes: with /nfs, /nfs/home/alice is /home/alice here.",
     false, READ(text_or_null(node, absolute_path, s.overrides.home_prefix_strip)),
     SHOW(or_null(s.overrides.home_prefix_strip))},
    {"access",
     "Who of the source may log in, where and when: lines as in login.access, beside which they hold.", false,
     read_source_access, show_source_access},
};

}  // namespace

std::span<const LdapKey> ldap_keys() {
    return keys;
}

std::span<const std::string_view> ldap_attribute_names() {
    return attribute_names;
}

}  // namespace userd
