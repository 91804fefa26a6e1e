// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/model/public.h"

namespace userd::store {

class Store;

// What everybody on the host may see. A suspended or pending user is there as well: `ls` and `id` go on
// telling whose files are whose, and a login is refused by the login, not by hiding the name. Withdrawn users
// and groups (the host has the name or the number) are absent.

// What changed after `generation`, up to the store's own. not_supported: the store no longer knows, or so
// much changed that all of it is told sooner.
Result<PublicChanges> public_changes_since(Store& store, std::uint64_t generation);

// All of it, as of one generation, in one read transaction of a connection of its own.
class PublicReader {
 public:
    static Result<std::unique_ptr<PublicReader>> open(const std::string& path);
    ~PublicReader();

    std::uint64_t generation() const;
    Result<bool> next_user(PublicUser& user);     // ascending by uid; false after the last
    Result<bool> next_group(PublicGroup& group);  // ascending by gid

 private:
    struct Impl;
    explicit PublicReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace userd::store
