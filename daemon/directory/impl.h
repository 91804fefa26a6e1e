// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/directory/directory.h"
#include "daemon/directory/enrolments.h"
#include "daemon/directory/fields.h"
#include "daemon/directory/host_files.h"
#include "daemon/directory/name_rule.h"
#include "daemon/directory/record.h"
#include "daemon/directory/rights.h"
#include "daemon/runtime/pulse.h"
#include "daemon/store/audit.h"
#include "daemon/store/groups.h"
#include "daemon/store/roles.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"

namespace userd {

// One change under way: what its steps share. The generation is raised by the first thing that is really
// written, so a change that finds nothing to do stays without a trace.
class Work {
 public:
    Work(store::Store& store, const Config& config, const Actor& who, const ChangeOptions& how, Time when)
        : actor(who), options(how), now(when), enrolments(store, config, when), store_(store) {}

    Result<std::uint64_t> generation() {
        if (generation_ == 0) generation_ = TRY(store_.raise_generation());
        return generation_;
    }
    bool changed() const { return generation_ != 0; }
    // Less than an admin: by the grants of roles, or as what one stands to oneself (the account itself, an
    // administrator of a group).
    bool is_bound() const { return options.self_service || (actor.limit && !actor.limit->all); }
    void tell_role(std::string name, std::string change) {
        events.push_back({false, 0, std::move(change), std::move(name)});
    }
    void tell(bool is_group, std::uint32_t number, std::string change) {
        events.push_back({is_group, number, std::move(change)});
    }
    // The trail's record: what differs between the two, and nothing that does not.
    Result<void> audit(std::string_view action, std::string_view subject, ObjectId id, const Fields& before,
                       const Fields& after, std::string_view reason = {});

    const Actor& actor;
    const ChangeOptions& options;
    const Time now;
    std::vector<ChangeEvent> events;
    ObjectId created;  // the user that this change makes: nobody's rights speak for or against it yet
    Enrolments enrolments;

 private:
    store::Store& store_;
    std::uint64_t generation_ = 0;
};

struct Directory::Impl {
    Impl(store::Store& opened, Publish publisher, const Config& configuration, const Clock& time,
         std::string root)
        : store(opened),
          publish(std::move(publisher)),
          config(&configuration),
          clock(time),
          host(std::move(root)),
          name_rule(configuration) {}

    // Runs `body` in one transaction; what it gives is the record. Rolls back after an error, in a dry run
    // and when nothing changed; else commits, publishes, tells the listeners.
    using Body = std::function<Result<Fields>(Work&)>;
    Result<Outcome> change(const Actor& actor, const ChangeOptions& options, const Body& body);
    // A part of a batch keeps its events for the end.
    Result<void> check_generation(const ChangeOptions& options) const;
    Result<void> publish_and_tell();

    Result<User> user(ObjectId id);             // no_such_user
    Result<User> changeable_user(ObjectId id);  // and policy_violation: it is held
    Result<Group> group(ObjectId id);           // no_such_group
    Result<User> user_of(std::string_view target);
    Result<Group> group_of(std::string_view target);
    Result<Fields> user_record(const User& user, bool with_private);
    Result<Fields> group_record(const Group& group, MembersShown members);

    // names.cpp: whether a new user or group may have the name.
    Result<void> check_new_name(std::string_view name, Time now, ObjectId own, bool is_group);
    Result<std::uint32_t> number_for(std::string_view name, std::optional<std::int64_t> asked,
                                     std::string_view field);

    // create_user.cpp: what a new user is where nobody says otherwise; and the row with all that hangs on it.
    UserDraft new_draft(std::string_view name, const Actor& actor, Time now) const;
    Result<void> insert_user(Work& work, UserDraft& draft, std::uint32_t uid);

    // adopt_user.cpp
    Result<void> check_adoptable(const HostAccount& account, Time now);
    Result<UserDraft> adopted_draft(const HostAccount& account, const Actor& actor, Time now);

    // drafts.cpp: what fields ask for, against the rest of the directory.
    Result<void> check_email(const UserDraft& draft);
    Result<void> resolve_primary_group(UserDraft& draft);
    Result<void> write_tags(const UserDraft& draft, Work& work);
    Result<void> write_groups(const UserDraft& draft, Work& work);
    Result<void> write_local_groups(const UserDraft& draft, Work& work);
    Result<std::uint32_t> local_group(std::string_view name);
    Result<void> write_members(const GroupDraft& draft, Work& work);
    Result<void> write_administrators(const GroupDraft& draft, Work& work);
    Result<void> write_user(Work& work, User user);  // the row, with its new generation
    Result<Fields> finish_user(Work& work, ObjectId id, std::string_view action, std::string_view event,
                               const Fields& before, std::string_view reason = {});

    // groups.cpp, members.cpp
    Result<void> write_group(Work& work, Group group);
    Result<Fields> finish_group(Work& work, ObjectId id, std::string_view action, std::string_view event,
                                const Fields& before);
    using Members = std::vector<std::string>;  // targets
    // A user or a group, as a member.
    struct Party {
        std::optional<User> user;
        std::optional<Group> group;
        ObjectId id() const { return user ? user->id : group->id; }
        std::string label() const { return user ? user->name : "group:" + group->name; }
    };
    Result<Party> party_of(std::string_view target);
    Result<bool> join(Work& work, const Group& group, const Party& party, std::optional<Time> until);
    Result<bool> leave(Work& work, ObjectId group, const Party& party);
    Result<User> local_party(const Party& party, std::string_view name, std::optional<Time> until);
    Result<Fields> change_members(Work& work, const Group& group, const Members& targets,
                                  std::optional<Time> until, bool joins);
    Result<Fields> change_local_members(Work& work, std::string_view name, const Members& targets,
                                        std::optional<Time> until, bool joins);
    Result<Fields> change_any_members(Work& work, std::string_view name, const Members& targets,
                                      std::optional<Time> until, bool joins);

    // nesting.cpp: whether a group may be put into another.
    Result<void> check_nesting(const Group& group, const Group& member);

    // membership_rights.cpp: what it takes to change who is in a group.
    Result<void> check_party(Work& work, const Group& group, const Party& party);
    Result<void> check_membership(Work& work, const User& user, const RoleGroup& group);
    Result<void> check_bringing(const Work& work, const RoleGroup& group, bool is_own);
    Result<void> check_administrator(const Work& work, const RoleGroup& group);
    Result<std::vector<RoleGroup>> with_outer(const RoleGroup& group);
    static Result<void> open_enrolments(Work& work);
    static void add_enrolments(const Work& work, Fields& record);
    Result<void> check_mfa_policies(const Work& work);  // at the end of a change

    // role_holders.cpp
    Result<Role> role_of(std::string_view name);  // no_such_role
    Result<Role> role(ObjectId id);               // no_such_role
    Fields role_record(const Role& role) const;
    Result<void> write_roles(const UserDraft& draft, Work& work);
    Result<bool> give_role(Work& work, const User& user, const Role& role);
    Result<bool> take_role(Work& work, const User& user, const Role& role);
    Result<void> bring(Work& work, const User& user, const Role& role, const RoleGroup& group);
    Result<void> take_along(Work& work, const User& user, const Role& role, const RoleGroup& group);
    Result<void> follow_groups(Work& work, const Role& before, const Role& after);
    Result<void> check_handing(const Work& work, const User& user, const Role& role);
    Result<Fields> change_holders(Work& work, const Role& role, const std::vector<std::string>& targets,
                                  bool gets);

    // host_changes.cpp: `where` is the host's line; empty: it let go.
    Result<Fields> settle_collisions(Work& work);
    Result<void> set_collides(Work& work, User user, const std::string& where);
    Result<void> set_collides(Work& work, Group group, const std::string& where);

    // sweep.cpp
    Result<void> end_membership(Work& work, const store::Groups::Over& over);
    Result<void> end_nesting(Work& work, const store::Groups::Over& over);
    Result<void> end_suspension(Work& work, User user);

    store::Store& store;
    Publish publish;
    const Config* config;
    const Clock& clock;
    HostFiles host;
    NameRule name_rule;
    WayIn way_in;
    Pulse pulse;  // of a batch
    std::vector<std::function<void(const ChangeEvent&)>> listeners;
    std::vector<ChangeEvent> events;  // of what is committed and not told yet
    std::shared_ptr<std::set<ObjectId>> held_users = std::make_shared<std::set<ObjectId>>();
};

}  // namespace userd
