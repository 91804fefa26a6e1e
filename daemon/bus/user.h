// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/bus/record.h"
#include "daemon/model/words.h"

namespace userd::bus {

// One account, at /org/userd1/user/_UID. Its methods that wait hold its id, never the object: it is looked up
// afresh.
class UserObject {
 public:
    UserObject(Core& core, User user) : core_(core), user_(std::move(user)) {}
    static Result<UserObject> find(Core& core, const Call& call);
    static Result<UserObject> at(Core& core, std::string_view path);
    ObjectId id() const { return user_.id; }
    bool belongs_to(const Call& call) const { return call.caller_id() == user_.id; }

    Result<void> describe(Call& call);
    Result<void> update(Call& call);
    Result<void> rename(Call& call);
    Result<void> suspend(Call& call);
    Result<void> resume(Call& call);
    Result<void> approve(Call& call);
    Result<void> reject(Call& call);
    Result<void> remove(Call& call);
    Result<void> resources(Call& call);
    Result<void> transfer(Call& call);
    Result<void> set_default_role(Call& call);
    Result<void> unlock(Call& call);
    Result<void> set_password(Call& call);
    Result<void> password_policy(Call& call);
    Result<void> test_password(Call& call);
    Result<void> mfa_status(Call& call);
    Result<void> begin_totp(Call& call);
    Result<void> confirm_totp(Call& call);
    Result<void> disable_totp(Call& call);
    Result<void> reset_mfa(Call& call);
    Result<void> create_code(Call& call);
    Result<void> regenerate_recovery(Call& call);
    Result<void> list_remembered(Call& call);
    Result<void> forget_remembered(Call& call);
    Result<void> list_audit(Call& call);
    Result<void> explain(Call& call);
    Result<void> list_ssh_keys(Call& call);
    Result<void> add_ssh_key(Call& call);
    Result<void> remove_ssh_key(Call& call);

    std::string name() const { return user_.name; }
    std::uint32_t uid() const { return user_.uid; }
    std::uint32_t gid() const { return user_.gid; }
    std::string display_name() const { return user_.display_name; }
    std::string shell() const { return user_.shell; }
    std::string home() const { return user_.home; }
    std::string state() const { return std::string(to_word(user_.state)); }
    std::uint64_t generation() const { return user_.generation; }

 private:
    Result<void> reply(Call& call, const Outcome& outcome) const {
        return reply_change(call, outcome, call.right() == Right::self || call.may_see(user_));
    }

    Core& core_;
    User user_;
};

}  // namespace userd::bus
