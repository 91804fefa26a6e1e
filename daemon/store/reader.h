// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Users;
class Groups;
class Roles;
class Credentials;
class Faults;
class Adoptions;

// The store as it stands at one moment: one read transaction on a connection of its own, for a worker that
// takes its time. While it lives the journal cannot be cut back, so it is not kept for a reader who stalls.
// Nothing can be written through it, and without the sealing key no secret opens.
class Reader {
 public:
    static Result<std::unique_ptr<Reader>> open(const std::string& path);
    ~Reader();

    std::uint64_t generation() const;
    Users& users();
    Groups& groups();
    Roles& roles();
    Credentials& credentials();
    Faults& faults();
    Adoptions& adoptions();

    // Each once, ascending by name; false after the last.
    Result<bool> next_user(User& user);
    Result<bool> next_group(Group& group);

 private:
    struct Impl;
    explicit Reader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace userd::store
