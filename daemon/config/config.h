// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/config/hours.h"
#include "daemon/runtime/clock.h"

namespace userd {

struct IdRange {
    std::uint32_t first = 0, last = 0;  // both included
    bool contains(std::uint32_t id) const { return id >= first && id <= last; }
};

enum class Factor { none, password, totp, key };

// A network of a rule: an address and the number of its leading bits. IPv4 is kept as ::ffff:a.b.c.d.
struct Network {
    unsigned char address[16] = {};
    unsigned bits = 0;
};

// Where and of whom a line of the login policy speaks. Empty lists match everything.
struct LoginLine {
    std::vector<std::string> services;
    std::vector<Network> networks;
    std::vector<std::string> users, groups, roles;
    std::string where;  // "/etc/userd/userd.yaml:31"
};

// One line of login.rules: all of its lists must match.
struct LoginRule : LoginLine {
    std::vector<std::vector<Factor>> require;  // alternatives, each a set of factors; never empty
    Duration remember_mfa{};  // a code counts again for so long; 0: it is asked for anew each time
};

// One line of login.access: who is in any of its users, groups and roles, or everyone where it has none.
struct AccessLine : LoginLine {
    std::optional<Hours> hours;  // none: always
};

// What the sessions of one user may take together; 0: no limit.
struct ClassLimits {
    std::uint64_t tasks_max = 0;
    std::uint64_t memory_max = 0;  // bytes
    bool operator==(const ClassLimits&) const = default;
};

// One directory server, or several with the same content: a source of users and groups that is mirrored.
struct LdapSource {
    enum class Schema { rfc2307, rfc2307bis, ad };
    enum class IdMapping { none, sssd };
    enum class Sasl { none, external, gssapi };
    std::string name;               // "corp": the `source` of its users and groups
    std::vector<std::string> uris;  // in the order in which they are tried; never empty
    std::string base;
    std::vector<IdRange> id_ranges;  // never empty; an entry with another number is quarantined
    Schema schema = Schema::rfc2307bis;
    IdMapping id_mapping = IdMapping::none;
    struct {
        std::string dn,
            credential;  // empty dn: anonymous, unless by SASL; `credential` names a systemd credential
        Sasl sasl = Sasl::none;
    } bind;
    struct {
        std::string ca;  // a file; empty: the system's
        bool starttls = false;
    } tls;
    bool insecure = false;                          // plain text, on loopback and ldapi only
    std::string user_filter, group_filter;          // RFC 4515, beside the schema's own; may be empty
    std::map<std::string, std::string> attributes;  // ours: theirs
    std::map<std::string, std::string> groups_map;  // their group: a group of ours or of /etc/group
    bool enumerate = false;
    Duration timeout = std::chrono::seconds(5);
    unsigned guard = 10;  // percent of the accounts that one refresh may remove by itself
    Duration grace = std::chrono::hours(24 * 7);
    Duration offline_max_age = std::chrono::hours(24 * 7);  // 0: no offline logins
    struct {
        std::string shell, shell_missing, home, home_prefix_strip;
    } overrides;
    std::vector<AccessLine> access;  // beside login.access, for its users; empty: no further limit
    std::string where;               // "/etc/userd/userd.yaml:31"
};

// userd.yaml and its drop-ins: every value is within its range. The defaults are those of the reference page
// userd.yaml(5). A loaded Config is immutable; a reload makes a new one.
struct Config {
    struct {
        std::vector<IdRange> ranges{{70000, 99999}};
        std::vector<IdRange> accept{{1000, 59999}};
        bool by_name = false;
    } ids;
    std::vector<std::string> local_groups;
    struct {
        unsigned name_min = 1, name_max = 31;
        std::string name_pattern =
            "[a-z_][a-z0-9_-]*";  // a valid ECMAScript regular expression, matched whole
        Duration names_hold = std::chrono::hours(24 * 90);
        bool email_required = false, email_unique = true;
        std::vector<std::string> email_domains;  // empty: any
        std::string primary_group = "private";
        std::string role = "user";  // of new users
        std::string shell = "/bin/bash", home = "/home/{name}";
        bool self_email = false;
        bool self_suspend = false;  // users.self_delete: suspend
        std::string user_class = "medium";
        std::string sftp_group = "sftponly", sftp_home = "/srv/sftp/{name}";
        std::string home_create = "first-login";  // never, create, first-login
        unsigned home_mode = 0700;
        std::string skeleton = "/etc/skel";
    } users;
    std::vector<std::string> classes{"small", "medium", "large"};  // never empty
    std::map<std::string, ClassLimits> class_limits;               // of those that have any
    struct {
        std::string policy = "nist";
        std::string blocklist;
        std::uint64_t hash_memory = 19ULL << 20;  // bytes of one Argon2id run
        unsigned hash_passes = 2;
        std::string generate = "words";
    } password;
    std::uint64_t hash_memory = 64ULL << 20;  // bytes of all runs at once
    struct {
        std::string policy = "optional";  // mfa.default: off, optional, required
        Duration grace{};                 // a new account is not asked for what it has not set up
        Duration enrol_window = std::chrono::hours(72);
        std::string issuer = "{host}";
        unsigned digits = 6;
        std::string algorithm = "SHA1";
        unsigned recovery_codes = 8;
    } mfa;
    struct {
        unsigned failures = 5;
        Duration duration = std::chrono::minutes(15), longest = std::chrono::hours(1);
        unsigned stop_after = 100;
    } lockout;
    struct {
        std::vector<std::string> acts{"delete-user", "mfa-reset", "role-grant", "prune"};
        Duration duration = std::chrono::minutes(5);  // step_up.for
    } step_up;
    std::vector<LoginRule> rules{LoginRule{
        {.services = {}, .networks = {}, .users = {}, .groups = {}, .roles = {}, .where = "default"},
        {{Factor::password}},
        {}}};
    std::vector<AccessLine> access;  // empty: everyone who is active
    struct {
        Duration keep = std::chrono::hours(24 * 400);
        std::uint64_t max_size = 256ULL << 20;
        bool log_success = true;
    } audit;
    struct {
        std::string textfile;  // empty: none
        Duration interval = std::chrono::minutes(1);
    } metrics;
    struct {
        bool end_sessions = true;
    } expire;
    Duration archive_keep = std::chrono::hours(24 * 90);
    std::vector<std::string> resources_paths{"/home", "/srv", "/var/mail"};
    std::vector<LdapSource> ldap;  // by name
    std::string contact_admin;
    std::string log_level = "info";

    // Effective values for `config show`: "users.shell" → {"/bin/bash", "/etc/userd/userd.yaml:12"}; the
    // place is "default" for what no file sets.
    struct Shown {
        std::string value, where;
    };
    std::map<std::string, Shown> shown;

    const LdapSource* find_ldap(std::string_view name) const;  // null: there is none of that name
};

// A fault of a configuration file: its message begins "FILE:LINE:COLUMN: ", ends with the line and a mark
// under it.
struct ConfigProblem {
    std::string file;
    unsigned line = 0, column = 0;
    std::string message;  // one line
    std::string excerpt;  // the line of the file and the mark, two lines; may be empty
};

struct LoadedConfig {
    std::optional<Config> config;  // set when there are no problems
    std::vector<ConfigProblem> problems;
};

// A text that stands for a file, there or not: the configuration as it would be.
struct ConfigDraft {
    std::string file, text;
};

// Reads `root`/etc/userd/userd.yaml and `root`/etc/userd/userd.yaml.d/*.yaml, in order. A file that is not
// there is empty. Never throws.
LoadedConfig load_config(const std::string& root, const ConfigDraft* instead = nullptr);
// One text, for tests, `userctl validate FILE` and the fuzzer.
LoadedConfig parse_config(std::string_view text, const std::string& file_name);
std::string to_text(const ConfigProblem& problem);

}  // namespace userd
