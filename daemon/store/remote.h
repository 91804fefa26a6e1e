// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;
class Query;

struct RemoteSource {
    std::int64_t id = 0;
    std::string name, tag;  // "corp", "ldap:corp"
    std::string cookie, tie;
    bool enumerate = false;
    std::string judged_by;
    std::optional<Time> synced_at, compared_at;
};

enum class RemoteKind : std::uint8_t { unknown = 0, group = 1, user = 2 };
// When it is an entry's turn.
enum class RemoteTurn : std::uint8_t { none = 0, group = 1, user = 2, members = 3 };

// An entry as it comes. Views.
struct RemoteFacts {
    std::string_view uuid, dn, name;
    RemoteKind kind = RemoteKind::user;
    std::uint32_t number = 0, gid = 0;
    std::string_view frame;
    // Of a group.
    bool by_name = false;
    std::string_view members;
};

struct RemoteEntry {
    std::int64_t id = 0;
    RemoteKind kind = RemoteKind::unknown;
    RemoteTurn turn = RemoteTurn::none;
    ObjectId user, group;
    std::optional<Time> missing_at, vanished_at;
    std::uint32_t number = 0, gid = 0;
    std::string name, dn;
    std::string problem, detail;
    std::optional<Time> problem_at;
    std::string frame;
    bool was_quarantined = false;  // when it was read
    bool is_refused = false;       // the frame is older than what came last
};

struct RemoteCounts {
    std::uint64_t users = 0, groups = 0, vanished = 0, missing = 0, quarantined = 0;
};

struct RemoteQuarantine {
    std::vector<RemoteEntry> entries;
    std::uint64_t total = 0;
};

// Who else has a name or a number.
struct RemoteClaim {
    enum class Kind { user, group, buried, held_name } kind = Kind::user;
    ObjectId id;
    std::string name;
    std::uint32_t number = 0;
    std::string source;
    bool is_private = false;  // a user whose group has its own name and number
};

// The tables of mirrored directory servers (remote.sql). Changing calls are made inside a Change.
class Remote {
 public:
    explicit Remote(Database& database) : database_(database) {}

    // remote_sources.cpp
    Result<std::vector<RemoteSource>> sources();
    Result<std::optional<RemoteSource>> find_source(std::string_view name);
    Result<RemoteSource> make_source(std::string_view name);
    Result<void> set_cookie(std::int64_t source, std::string_view cookie, std::string_view tie,
                            std::optional<Time> synced_at);
    Result<void> set_compared(std::int64_t source, Time when);
    Result<void> set_judged(std::int64_t source, std::string_view by, bool enumerate);

    // Between the two, what comes waits for the end of its refresh: nothing of the source may be settled.
    Result<void> begin_staging(std::int64_t source);
    Result<void> end_staging(std::int64_t source);
    Result<bool> is_staging(std::int64_t source);
    // What came. Gives the entry's number; an entry that is as it was costs a look and no write. None: what
    // is a user here would be a group, or the other way round.
    Result<std::optional<std::int64_t>> stage(std::int64_t source, const RemoteFacts& facts);
    Result<std::int64_t> stage_refused(std::int64_t source, std::string_view uuid, std::string_view dn,
                                       std::string_view problem, std::string_view detail, Time now);
    Result<std::optional<std::int64_t>> stage_present(std::int64_t source, std::string_view uuid);
    Result<std::optional<std::int64_t>> find_id(std::int64_t source, std::string_view uuid);

    Result<std::optional<RemoteEntry>> find(std::int64_t id);
    Result<std::optional<RemoteEntry>> find_by_user(ObjectId user);
    Result<std::optional<RemoteEntry>> find_by_group(ObjectId group);
    Result<std::vector<std::int64_t>> ids(std::int64_t source);
    Result<std::vector<std::int64_t>> missing(std::int64_t source);
    Result<std::vector<RemoteEntry>> vanished_users(std::int64_t source, Time until, std::uint64_t limit);
    // Accounts that should be suspended and are not, whoever let them in.
    Result<std::vector<RemoteEntry>> vanished_but_active(std::int64_t source);
    Result<RemoteCounts> counts(std::int64_t source);
    Result<std::uint64_t> count_here(std::int64_t source);  // users who have not vanished
    Result<RemoteQuarantine> quarantine(std::int64_t source, std::uint64_t offset, std::uint64_t limit);
    Result<std::vector<RemoteEntry>> left_out(std::int64_t source, RemoteKind kind, std::string_view name);

    // Whose turn it is, in order.
    Result<std::vector<RemoteEntry>> pending(std::int64_t source, std::uint64_t limit);
    Result<std::uint64_t> count_pending(std::int64_t source, std::uint64_t at_most);
    Result<void> settled(const RemoteEntry& entry);  // its turn, object, problem
    Result<void> set_gone(std::int64_t id, std::optional<Time> missing_at, std::optional<Time> vanished_at);
    Result<void> forget(std::int64_t id);
    // remote_turns.cpp. Looks again: all of a source; those whose name or number is free now; users without
    // their group; a group's members; groups for whom a group waits.
    Result<void> requeue_all(std::int64_t source);
    Result<void> requeue_quarantined();
    Result<void> requeue_claim(std::string_view name, std::uint32_t number);
    Result<void> requeue_gid(std::int64_t source, std::uint32_t gid);
    Result<void> requeue_primary(std::int64_t source, ObjectId group);  // the users whose primary group it is
    Result<void> requeue_members(std::int64_t entry);
    Result<void> requeue_user(std::int64_t entry);
    Result<void> requeue_circles(std::int64_t source);
    Result<void> requeue_groups_of(std::int64_t source, ObjectId party);  // that hold the user or group

    Result<std::vector<RemoteClaim>> claims(std::string_view name, std::uint32_t number, bool is_group,
                                            std::string_view tag, Time now);
    Result<std::optional<ObjectId>> group_of_gid(std::int64_t source, std::uint32_t gid);

    // remote_rivals.cpp. Users, or groups, of this host that keep entries of a source out, by name.
    Result<std::vector<ObjectId>> rivals(std::int64_t source, RemoteKind kind);
    // Who is in a group, or has it for the primary one.
    struct Holder {
        ObjectId user, group;
        std::string name, source;
        bool has_end = false;
    };
    Result<std::vector<Holder>> holders(ObjectId group);

    // remote_members.cpp. A key is a DN or a name, see remote.sql.
    struct Named {
        bool by_name = false;
        std::string list;  // as it came
    };
    Result<Named> named_members(std::int64_t entry);
    struct Party {
        ObjectId user, group;
    };
    struct Current {
        std::string key;
        Party party;  // neither: waits
    };
    Result<std::vector<Current>> current_members(std::int64_t source, std::int64_t entry, ObjectId group,
                                                 bool by_name);
    Result<Party> resolve(std::int64_t source, std::string_view key);
    Result<void> wait(std::int64_t entry, std::string_view key);
    Result<bool> is_anybody_waiting();
    Result<void> stop_waiting(std::int64_t entry, std::string_view key);
    // Groups for whom no turn will come by itself.
    Result<std::vector<std::pair<std::int64_t, ObjectId>>> waiting_for(std::int64_t source,
                                                                       std::string_view key);

    // What a mapped group gave.
    Result<std::vector<ObjectId>> local_members(std::string_view name);
    Result<std::vector<std::string>> mapped_local_groups();
    Result<void> note_local_member(std::string_view name, ObjectId user);
    Result<void> forget_local_member(std::string_view name, ObjectId user);
    struct Nested {
        ObjectId group, member;
    };
    Result<std::vector<Nested>> nestings();
    Result<void> note_nesting(const Nested& nested);
    Result<void> forget_nesting(const Nested& nested);

    // Users whose primary group it is: seen anew; or it is another group now.
    Result<void> touch_primary(ObjectId group, std::uint64_t generation);
    Result<void> move_primary(ObjectId from, ObjectId to, std::uint64_t generation);
    Result<void> defer_references();  // until the change is committed
    // Names and numbers are unique at each step: who is to have another's is put where nobody is, until it is
    // written. Not to be left so.
    Result<void> put_aside(ObjectId party);
    static bool is_aside(std::string_view name) { return name.starts_with(':'); }  // no name begins so
    Result<std::vector<RemoteEntry>> vanished_groups(std::int64_t source);

    Result<void> touch_source(std::string_view tag, std::uint64_t generation);

 private:
    Result<std::vector<RemoteEntry>> list(Query query);
    Database& database_;
};

}  // namespace userd::store
