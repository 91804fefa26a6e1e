// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/directory/directory.h"
#include "daemon/login/credentials.h"
#include "daemon/state/plan.h"
#include "daemon/state/wanted.h"

namespace userd::state {

struct ApplyOptions {
    bool prune = false, strict = false, take_over = false, allow_lockout = false;
    bool dry_run = false;
    std::string prune_limit;                                    // over the files' own; empty: theirs, or 5%
    std::optional<std::uint64_t> generation;                    // refused when the directory is at another
    std::shared_ptr<const std::vector<std::string>> owes = {};  // as of ChangeOptions
};

// What a plan is held against, and carried out with.
struct Parts {
    store::Store& store;
    Directory& directory;
    Credentials& credentials;
    const Clock& clock;
};

// Who is to be deleted, and who gets the files.
struct Departing {
    User user;
    std::optional<User> heir;
};

// Passwords that were hashed beforehand, by the users' names.
using PreparedPasswords = std::map<std::string, PreparedPassword, std::less<>>;

// Holds what is wanted against the directory as it is, and makes the steps that lead there. Used at once, or
// not at all: the next change of the directory makes it stale.
class Planner {
 public:
    Planner(const Parts& parts, const Config& config, const Actor& actor, const Wanted& wanted,
            const ApplyOptions& options);

    Result<void> make();  // once; only a store that fails is an error, all else is a problem of the plan
    const Plan& plan() const { return plan_; }
    void add_problem(std::string_view user, Error error) { problem(false, user, std::move(error)); }
    Plan take_plan() { return std::move(plan_); }
    // Users whose deletion is due: what they leave behind is seen to before the steps are run.
    const std::vector<Departing>& departing() const { return departing_; }
    void add_note(std::string note) { plan_.notes.push_back(std::move(note)); }
    // Users whose password must be prepared before the steps are run.
    const std::vector<const WantedUser*>& needs_password() const { return needs_password_; }
    // Inside a batch: all steps, each problem noted. False: there were problems. A second time only after a
    // dry run. Errors: code_required, which is nobody's fault in the file.
    Result<bool> run_steps(const PreparedPasswords& passwords);

 private:
    struct Step {
        bool is_group;
        std::string name;
        std::function<Result<void>()> run;
    };
    // What has a number of its own comes first, else something without one may get it.
    enum Phase {
        pinned_groups,
        pinned_users_early,  // before groups without a number: their memberships follow
        groups_first,
        pinned_users,
        users_then,
        members_then,
        removals_last,
        phases
    };

    // Groups that came with roles: an exact list leaves them alone.
    struct Brought {
        std::set<std::string, std::less<>> all;
        std::set<std::string, std::less<>> going;  // and go with a role that is taken away
    };

    // The directory's user, and what is compared with it.
    struct Subject {
        const WantedUser& wanted;
        User user;
        ObjectPlan plan;
        Fields fields;  // of the one update
        Brought brought, local_brought;
    };

    void problem(bool is_group, std::string_view name, Error error);
    void step(Phase phase, bool is_group, std::string_view name, std::function<Result<void>()> run);
    void finish(ObjectPlan object);
    ChangeOptions change_options() const;

    Result<void> load_set();

    // plan_groups.cpp
    Result<void> plan_group(const WantedGroup& wanted);
    void plan_new_group(const WantedGroup& wanted);
    Result<void> plan_group_change(const WantedGroup& wanted, const Group& group, ObjectPlan& object);
    Result<void> plan_members(const WantedGroup& wanted, const Group& group, ObjectPlan& object);
    Result<void> prune_groups();

    // plan_users.cpp
    Result<std::optional<User>> find_user(const std::string& name);
    Result<void> plan_user(const WantedUser& wanted);
    Result<void> plan_new_user(const WantedUser& wanted);
    void create_early(const WantedUser& wanted);
    Fields fields_of_new(const WantedUser& wanted) const;
    Result<void> create(const WantedUser& wanted, const Fields& fields);
    Result<void> plan_user_change(Subject& subject);
    Result<void> compare_fields(Subject& subject);
    Result<void> compare_groups(Subject& subject);
    void take_delta(Subject& subject, const char* field, const MembershipDelta& delta);
    void compare_state(Subject& subject);

    // plan_roles.cpp
    Result<void> check_roles(const WantedUser& wanted);
    Result<void> compare_roles(Subject& subject);
    void keep_when_roles_go(const Subject& subject, const std::optional<Names>& wanted,
                            const Brought& brought);

    // plan_credentials.cpp
    Result<void> compare_ssh_keys(Subject& subject);
    Result<void> compare_password(Subject& subject);
    Result<void> compare_totp(Subject& subject);
    Result<void> store_new_credentials(const WantedUser& wanted, const User& user);
    void add_new_keys(const WantedUser& wanted);

    // plan_removals.cpp
    std::string absent_reason() const;
    std::string pruned_reason() const;
    bool was_removed_by_us(const User& user) const;
    struct Removal {
        std::string reason;  // of the suspension
        std::string why;     // as the plan tells it
        bool is_prune = false;
        std::string transfer_to;
    };
    Result<void> plan_removal(const User& user, const Removal& removal);
    Result<std::optional<User>> heir_of(const User& user, const std::string& name, Deed deed);
    Result<std::optional<Time>> suspended_since(const User& user, const std::string& reason);
    Result<void> prune_users();

    bool belongs(bool is_group, const std::string& name, const std::string& set, FieldChange& takes_over);
    template <typename Object>
    bool is_ours(const Object& object, const std::string& name);

    const Parts parts_;
    const Config& config_;
    const Actor& actor_;
    const Wanted& wanted_;
    const ApplyOptions& options_;
    const Time now_;
    Plan plan_;
    std::vector<Step> steps_[phases];
    std::vector<const WantedUser*> needs_password_;
    std::vector<Departing> departing_;
    const PreparedPasswords* passwords_ = nullptr;
    std::unordered_map<std::string, User> of_set_;  // users
    std::set<std::string, std::less<>> governed_;   // groups that list their members
    std::map<std::string, std::string, std::less<>> renamed_groups_, renamed_users_;  // old → new
    std::uint64_t pruned_ = 0, without_uid_ = 0;
    bool has_new_group_without_gid_ = false;
    bool tried_ = false;
};

}  // namespace userd::state
