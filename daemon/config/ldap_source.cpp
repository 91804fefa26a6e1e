// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "common/base/text.h"
#include "daemon/config/ldap_keys.h"
#include "daemon/config/ldap_syntax.h"
#include "daemon/config/login_line.h"

namespace userd {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t max_name = 32;

bool is_source_name(std::string_view text) {
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !text.empty() && text.size() <= max_name && is_plain(text[0]) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_plain(c) || c == '-' || c == '_'; });
}

const YamlNode& found_or(const YamlNode& table, std::string_view key, const YamlNode& otherwise) {
    for (const auto& [name, value] : table.entries)
        if (name.text == key) return value;
    return otherwise;
}

bool overlap(const IdRange& one, const IdRange& other) {
    return one.first <= other.last && other.first <= one.last;
}

class SourceReader {
 public:
    SourceReader(LdapSource& source, std::map<std::string, unsigned>& set) : source_(source), set_(set) {}

    Problems read(const YamlNode& name, const YamlNode& value) {
        if (value.kind != Kind::mapping && value.kind != Kind::null)
            return {{&value, fmt::format("ldap.{} is a table of keys", source_.name)}};
        walk("", value);
        for (const LdapKey& key : ldap_keys())
            if (key.must_be_given && !set_.contains(std::string(key.path)))
                complain(name, key.path, "it must be given");
        if (problems_.empty()) check_wholes(value);
        return std::move(problems_);
    }

 private:
    void complain(const YamlNode& node, std::string_view path, std::string_view message) {
        problems_.push_back({&node, fmt::format("ldap.{}.{}: {}", source_.name, path, message)});
    }

    void walk(const std::string& parent, const YamlNode& table) {
        for (const auto& [key, value] : table.entries) {
            const std::string path = parent + key.text;
            const auto keys = ldap_keys();
            const auto known =
                std::find_if(keys.begin(), keys.end(), [&](const LdapKey& one) { return one.path == path; });
            const bool is_section = std::any_of(keys.begin(), keys.end(), [&](const LdapKey& one) {
                return one.path.starts_with(path + ".");
            });
            if (known != keys.end()) {
                set_[path] = key.line;
                for (const KeyProblem& problem : known->read(value, source_))
                    complain(*problem.node, path, problem.message);
            } else if (!is_section) {
                unknown(parent, key);
            } else if (value.kind == Kind::mapping) {
                walk(path + ".", value);
            } else if (value.kind != Kind::null) {
                complain(value, path, "a table of keys is expected here");
            }
        }
    }

    void unknown(const std::string& parent, const YamlNode& key) {
        std::vector<std::string_view> siblings;
        for (const LdapKey& one : ldap_keys())
            if (one.path.starts_with(parent)) {
                const auto rest = one.path.substr(parent.size());
                siblings.push_back(rest.substr(0, rest.find('.')));
            }
        std::string place = "ldap." + source_.name;
        if (!parent.empty()) place += "." + parent.substr(0, parent.size() - 1);
        problems_.push_back(unknown_key(key, place, siblings));
    }

    // What no single key can see.
    void check_wholes(const YamlNode& table) {
        const YamlNode& uris = found_or(table, "uri", table);
        bool has_plain = false;
        for (const std::string& uri : source_.uris) {
            if (!uri.starts_with("ldap://")) continue;
            has_plain = true;
            if (source_.tls.starttls) continue;
            if (!is_loopback_uri(uri))
                complain(
                    uris, "uri",
                    fmt::format("{} would send passwords in the clear: write ldaps://, or tls: {{starttls: "
                                "true}}",
                                uri));
            else if (!source_.insecure)
                complain(uris, "uri", fmt::format("{} without TLS needs insecure: true", uri));
        }
        if (source_.tls.starttls && !has_plain)
            complain(found_or(table, "tls", table), "tls.starttls",
                     "there is no ldap:// that it could be for");
        if (source_.id_mapping == LdapSource::IdMapping::sssd && source_.schema != LdapSource::Schema::ad)
            complain(found_or(table, "id_mapping", table), "id_mapping",
                     "numbers are made of SIDs, which schema: ad has");
        for (std::size_t i = 0; i < source_.id_ranges.size(); ++i)
            for (std::size_t k = 0; k < i; ++k)
                if (overlap(source_.id_ranges[i], source_.id_ranges[k]))
                    complain(found_or(table, "id_range", table), "id_range",
                             fmt::format("{} and {} overlap", to_text(source_.id_ranges[k]),
                                         to_text(source_.id_ranges[i])));
    }

    LdapSource& source_;
    std::map<std::string, unsigned>& set_;
    Problems problems_;
};

}  // namespace

LdapSource default_ldap_source(std::string_view name) {
    LdapSource source;
    source.name = name;
    source.bind.credential = "userd.ldap." + source.name;
    return source;
}

Problems read_ldap_source(const YamlNode& name, const YamlNode& value, LdapSource& source,
                          std::map<std::string, unsigned>& set) {
    if (!is_source_name(name.text))
        return {
            {&name, fmt::format("ldap: \"{}\" cannot be the name of a source: 1 to {} of a-z, 0-9, - and _",
                                escaped(name.text), max_name)}};
    source = default_ldap_source(name.text);
    return SourceReader(source, set).read(name, value);
}

bool is_ldap_key(std::string_view path) {
    if (!path.starts_with("ldap.")) return false;
    const std::size_t dot = path.find('.', 5);
    if (dot == std::string_view::npos || !is_source_name(path.substr(5, dot - 5))) return false;
    const auto keys = ldap_keys();
    return std::any_of(keys.begin(), keys.end(),
                       [&](const LdapKey& key) { return key.path == path.substr(dot + 1); });
}

std::vector<std::string> ldap_contradictions(const Config& config) {
    std::vector<std::string> found;
    const auto compare = [&](const LdapSource& source, const IdRange& range, const IdRange& other,
                             const std::string& whose) {
        if (overlap(range, other))
            found.push_back(fmt::format("ldap.{}.id_range: {} overlaps {} of {}", source.name, to_text(range),
                                        to_text(other), whose));
    };
    for (const LdapSource& source : config.ldap)
        for (const IdRange& range : source.id_ranges) {
            for (const IdRange& own : config.ids.ranges) compare(source, range, own, "ids.ranges");
            for (const LdapSource& earlier : config.ldap) {
                if (&earlier == &source) break;
                for (const IdRange& other : earlier.id_ranges)
                    compare(source, range, other, "ldap." + earlier.name);
            }
        }
    return found;
}

}  // namespace userd
