// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/directory/directory.h"
#include "daemon/store/remote.h"
#include "daemon/store/store.h"

namespace userd {

// Which users and groups of this host are the same as entries of a directory server that wait because of
// them: those with the same name, number and primary group. A group goes with everybody it holds, a user with
// the primary group, or neither does. One object is one part of one transaction.
class AdoptionPlan {
 public:
    struct Parts {
        store::Store& store;
        const Directory& directory;
        const Config& config;
        const LdapSource& source;
        const store::RemoteSource& row;
        Time now;
    };
    explicit AdoptionPlan(const Parts& parts) : parts_(parts) {}

    // `targets` as for Directory::get_user; none: all that there are. An Error: the store's.
    Result<void> choose(const std::vector<std::string>& targets);
    bool empty() const { return users_.empty() && groups_.empty(); }
    const std::optional<Error>& first_refusal() const { return first_refusal_; }

    // Binds entries to rows, and queues them to be settled. `generation`: of the change.
    Result<void> carry_out(std::uint64_t generation, const std::function<void()>& got_on);
    // Whether all of them were settled as what they are bound to.
    Result<void> check_settled() const;

    struct Taken {
        std::string subject;  // "user:alice"
        ObjectId id;
        bool is_group = false;
        std::uint32_t number = 0;
    };
    std::vector<Taken> taken() const;
    // name ("group:crew" for a group), uid, deed (refused, adopted, unchanged), note; the refused come first.
    std::vector<Fields> rows() const;

 private:
    struct UserPair {
        User user;
        store::RemoteEntry entry;
        std::string note;
    };
    struct GroupPair {
        Group group;
        store::RemoteEntry entry;
        std::vector<store::Remote::Holder> holders;
    };
    using Reason = std::optional<Error>;  // why not

    Result<void> choose_user(User user);
    Result<void> choose_groups();
    Result<Reason> object_to_user(const User& user, store::RemoteEntry& entry);
    Result<Reason> match(store::RemoteKind kind, std::string_view name, std::uint32_t number,
                         std::uint32_t gid, store::RemoteEntry& entry);
    bool stays(const store::Remote::Holder& holder) const;
    Reason object_to_holders(const GroupPair& pair) const;
    Result<Reason> object_to_primary(const User& user);
    Result<bool> narrow();
    void refuse(std::string name, std::uint32_t uid, const Error& why);
    void leave(ObjectId group, const Error& why);
    Result<void> hand_over(UserPair& pair, std::uint64_t generation);
    Result<void> hand_over(GroupPair& pair, std::uint64_t generation);

    const Parts parts_;
    bool of_all_ = false;  // else of users that were named, whose groups come along without a word
    std::map<ObjectId, UserPair> users_;
    std::map<ObjectId, GroupPair> groups_;
    std::map<ObjectId, Error> why_left_;  // groups
    std::vector<Fields> refused_, unchanged_;
    std::optional<Error> first_refusal_;
};

}  // namespace userd
