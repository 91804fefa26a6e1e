// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/directory/last_way_in.h"
#include "daemon/model/host_account.h"
#include "daemon/model/role.h"
#include "daemon/model/user.h"
#include "daemon/model/value.h"
#include "daemon/store/adoptions.h"
#include "daemon/store/users.h"

namespace userd {
namespace store {
class Store;
}
class HostFiles;  // daemon/directory/host_files.h

// How a changing call is to be carried out; the bits of `t flags` on the bus.
struct ChangeOptions {
    bool dry_run = false;        // bit 0: do all, tell the result, roll back
    bool allow_lockout = false;  // bit 1
    bool self_service = false;   // the account itself asks: only the fields it may set on itself
    bool keep_sessions = false;  // of a suspension: what runs goes on
    bool keep_back = false;      // of a batch: it is published, and told of, with the next change
    // Of a batch: what the power takes is told once more, so it does not wait for the disk.
    bool told_again = false;
    std::optional<std::uint64_t> generation;  // optimistic lock: refused (generation_conflict) when it moved
    // The acts (words of step_up.acts) before which the caller has to give a one-time code. Null: none.
    std::shared_ptr<const std::vector<std::string>> owes = {};
};

// What a change did. `changed` is false when there was nothing to do.
struct Outcome {
    bool changed = false;
    Fields record;  // the object afterwards
};

struct Page {
    std::vector<Fields> rows;
    std::uint64_t total = 0;  // rows that match, whatever the page
};

// What listeners hear after a change is durable and published: the number and a word
// (created, updated, renamed, suspended, resumed, deleted, members, credentials).
struct ChangeEvent {
    bool is_group = false;
    std::uint32_t number = 0;  // uid or gid
    std::string change;
    std::string role = {};        // not empty: a role of this name, and not a user or a group
    bool keeps_sessions = false;  // suspended: what runs goes on
    bool is_over = false;         // the account's end has come
};

// The users and groups of this host: every rule on them, and every use-case. Authorisation is the caller's
// (bus); each changing call is one transaction with its audit record, published before it returns. Main
// thread only. Errors: invalid (with field), exists, no_such_user, no_such_group, not_suspended,
// policy_violation, …
class Directory {
 public:
    // `publish` makes what is committed visible to lookups; empty: there are none (tests). `root`: prefix of
    // /etc/passwd and friends, normally empty. All references outlive the directory.
    using Publish = std::function<Result<void>()>;
    Directory(store::Store& store, Publish publish, const Config& config, const Clock& clock,
              std::string root);
    ~Directory();
    // After a reload: `config` must outlive the directory.
    void use_config(const Config& config);

    // `target`: a name, uid:70042, mail:a@b, id:…  (groups: a name, gid:70042, id:…)
    Result<User> get_user(std::string_view target) const;    // no_such_user
    Result<Group> get_group(std::string_view target) const;  // no_such_group
    Result<std::optional<User>> find_user(ObjectId id) const;
    Result<std::optional<User>> find_user_by_uid(std::uint32_t uid) const;

    // All fields of the object by their names; a private field (email, phone, metadata, last_login…) only on
    // demand.
    Result<Fields> user_record(const User& user, bool with_private) const;
    Result<Fields> group_record(const Group& group) const;

    // query: state, group, role, tag, source, mfa ("yes"/"no"), locked (bool), text (substring) + in (names
    // of fields), sort ("name", "-uid"), after… unknown keys are `invalid`. limit ≤ 1000. Without
    // `with_private` the rows have no private fields, and a query that filters, searches or sorts by one is
    // `denied`: it would tell as much.
    Result<Page> list_users(const Fields& query, std::uint64_t offset, std::uint64_t limit,
                            bool with_private) const;
    // The same in two steps, for a query that reads the whole table: the first runs on a worker, on a
    // connection of its own to the store's file, the second here again.
    static bool takes_long(const Fields& query);
    using UserSearch = std::function<Result<store::UserPage>()>;
    Result<UserSearch> search_users(const Fields& query, std::uint64_t offset, std::uint64_t limit,
                                    bool with_private) const;
    Result<Page> show_users(const store::UserPage& found, bool with_private) const;
    Result<Page> list_groups(const Fields& query, std::uint64_t offset, std::uint64_t limit) const;

    // Many changes as one: the changing calls of this and of Credentials that `body` makes (those that answer
    // at once) are parts of one transaction with one generation, published once; listeners hear of all at the
    // end. A call that fails undoes itself alone; an error of `body` undoes all. `options` are those of the
    // whole (dry_run, generation). Gives whether anything changed.
    Result<bool> batch(const ChangeOptions& options, const std::function<Result<void>()>& body);
    // Inside a batch whose body writes the store itself: what listeners hear of at its end.
    void note(ChangeEvent event);
    // What the host has of its own, as it was read last.
    const HostFiles& host() const;

    // The password, if one comes with a new user, is set by Credentials in the same transaction: `also` runs
    // inside it.
    using Also = std::function<Result<void>(const User&)>;
    Result<Outcome> create_user(const Actor& actor, std::string_view name, const Fields& fields,
                                const ChangeOptions& options, const Also& also = {});
    // An account of the host becomes ours, with its name, uid and gid. From the first of these calls to the
    // second its own lines in /etc/passwd and /etc/group are no collision. The first may be made again:
    // only `also` runs then. Its memberships of local groups that `local_groups` lists become ours, and are
    // the `local_groups` of the record; those that make somebody root must all be listed.
    Result<Outcome> adopt_user(const Actor& actor, const HostAccount& account, const ChangeOptions& options,
                               const Also& also);
    Result<Outcome> end_adoption(const Actor& actor, ObjectId id);
    // The way back: first the host gets its lines again, then ours is forgotten, without a tombstone that
    // would keep it from being adopted once more.
    Result<Outcome> begin_return(const Actor& actor, ObjectId id, const ChangeOptions& options);
    Result<Outcome> end_return(const Actor& actor, ObjectId id);
    Result<std::optional<AdoptionState>> adoption_of(ObjectId id) const;
    // Users that were, or are being, adopted, sorted by name.
    Result<std::vector<User>> adopted_users() const;

    Result<Outcome> update_user(const Actor& actor, ObjectId id, const Fields& fields,
                                const ChangeOptions& options);
    Result<Outcome> rename_user(const Actor& actor, ObjectId id, std::string_view name,
                                const ChangeOptions& options);
    // With `self_service` only where `users.self_delete` allows it, without an end or a reason of its own.
    Result<Outcome> suspend_user(const Actor& actor, ObjectId id, std::string_view reason,
                                 std::optional<Time> until, const ChangeOptions& options);
    // Why somebody is let in again stands in the audit trail alone: an open account keeps no reason.
    Result<Outcome> resume_user(const Actor& actor, ObjectId id, std::string_view reason,
                                const ChangeOptions& options);
    Result<Outcome> approve_user(const Actor& actor, ObjectId id, std::string_view reason,
                                 const ChangeOptions& options);
    Result<Outcome> reject_user(const Actor& actor, ObjectId id, std::string_view reason,
                                const ChangeOptions& options);
    Result<Outcome> delete_user(const Actor& actor, ObjectId id, const ChangeOptions& options);
    // For a deletion that takes its time on the host: as long as what it gives is kept, the user is not
    // updated, renamed, suspended, resumed or held again (policy_violation).
    using Hold = std::shared_ptr<const ObjectId>;
    Result<Hold> hold_user(const User& user);
    // A deed on the host that belongs into the audit trail of the user.
    Result<void> record_deed(const Actor& actor, const User& user, std::string_view action,
                             const Fields& before, const Fields& after);

    Result<Outcome> create_group(const Actor& actor, std::string_view name, const Fields& fields,
                                 const ChangeOptions& options);
    Result<Outcome> update_group(const Actor& actor, ObjectId id, const Fields& fields,
                                 const ChangeOptions& options);
    Result<Outcome> rename_group(const Actor& actor, ObjectId id, std::string_view name,
                                 const ChangeOptions& options);
    Result<Outcome> delete_group(const Actor& actor, ObjectId id, const ChangeOptions& options);
    // `group` may name a local group of `local_groups`. Members are targets of users, or groups: group:NAME,
    // or a name that only a group has. `until` changes the end of a membership that has one, and is refused
    // (policy_violation) for one without: a time must not take away what was given for good.
    Result<Outcome> add_members(const Actor& actor, std::string_view group,
                                const std::vector<std::string>& members, std::optional<Time> until,
                                const ChangeOptions& options);
    Result<Outcome> remove_members(const Actor& actor, std::string_view group,
                                   const std::vector<std::string>& members, const ChangeOptions& options);

    // For `repair`: rows that hang on what is not there; members of a local group under its new number; what
    // a role names that is gone. The scope of a role never widens by it.
    enum class Remains { memberships, credentials, nestings };
    Result<Outcome> remove_remains(const Actor& actor, Remains what, const ChangeOptions& options);
    Result<Outcome> renumber_local_group(const Actor& actor, std::string_view name,
                                         const ChangeOptions& options);
    Result<Outcome> remove_dead_names(const Actor& actor, std::string_view role,
                                      const ChangeOptions& options);

    // Members of a group of ours. Those put in by name, with `type` (user or group), `name`, `uid` or `gid`
    // and `until`. `nested`: all users in it by whatever way, with `direct` and, for those who came in by
    // another group, `via`, the names of the groups on a shortest way ("ops/web").
    Result<Page> list_members(ObjectId group, bool nested, std::uint64_t offset, std::uint64_t limit) const;
    // Whether the user may change the group's members without being an admin.
    Result<bool> is_administrator(ObjectId group, ObjectId user) const;

    // The groups that a user administers or is in, each with the word for it: administrator, member.
    Result<std::vector<std::pair<std::string, std::string>>> groups_of(ObjectId user) const;
    // Roles. Fields: description, grants, scope (groups), excluded (roles), groups (that come with it); lists
    // with _add and _remove too. `user` and `admin` are built in: they cannot be changed or deleted.
    Result<Role> get_role(std::string_view name) const;  // no_such_role
    Result<std::optional<Role>> find_role(ObjectId id) const;
    Fields role_record(const Role& role) const;
    Result<Page> list_roles(std::uint64_t offset, std::uint64_t limit) const;
    Result<Page> list_holders(ObjectId role, std::uint64_t offset, std::uint64_t limit) const;
    Result<Outcome> create_role(const Actor& actor, std::string_view name, const Fields& fields,
                                const ChangeOptions& options);
    Result<Outcome> update_role(const Actor& actor, ObjectId id, const Fields& fields,
                                const ChangeOptions& options);
    Result<Outcome> delete_role(const Actor& actor, ObjectId id, const ChangeOptions& options);
    Result<Outcome> grant_role(const Actor& actor, ObjectId id, const std::vector<std::string>& users,
                               const ChangeOptions& options);
    Result<Outcome> revoke_role(const Actor& actor, ObjectId id, const std::vector<std::string>& users,
                                const ChangeOptions& options);
    // What the account's own calls drop to; "": they have all its roles.
    Result<Outcome> set_default_role(const Actor& actor, ObjectId user, std::string_view role,
                                     const ChangeOptions& options);
    // The account behind a caller's uid: of an active user who may log in now, or none.
    Result<ObjectId> account_of(std::uint32_t uid) const;
    Result<Rights> rights_of(ObjectId account, std::string_view as) const;
    Rights rights_of(const Role& role) const;
    // Null, or why not. `object`: a user's or a group's id; none: see `somewhere`.
    Result<std::optional<std::string>> why_not(const Rights& own, RoleGrant grant, ObjectId caller,
                                               ObjectId object, bool somewhere) const;

    // Reads the host's own files (/etc/passwd, group, subuid, …) again and withdraws what a local account or
    // group has taken by name or number, or brings it back. At start, and when one of `host_files` changed.
    Result<void> refresh_host_files();
    std::vector<std::string> host_files() const;
    // Ends suspensions and memberships whose time has come; call it every minute.
    Result<void> end_what_is_over();
    // The users whose account came to its end since this was asked last; the store remembers when that was.
    Result<std::vector<User>> take_expired();

    // What no change may take away without `allow_lockout`: refused (last_admin), at the end of the
    // transaction.
    void guard(WayIn way_in);

    std::uint64_t generation() const;
    Time now() const;  // by the directory's clock
    void on_change(
        std::function<void(const ChangeEvent&)> listener);  // called after the change, on the loop's thread

    struct Impl;  // daemon/directory/impl.h

 private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace userd
