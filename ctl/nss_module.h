// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ctl/problem.h"

namespace userd::ctl {

struct NssUser {
    std::string name, gecos, home, shell;
    uid_t uid = 0;
    gid_t gid = 0;
};
struct NssGroup {
    std::string name;
    gid_t gid = 0;
};

// A module of the name service switch (libnss_NAME.so.2), asked by itself: neither nsswitch.conf nor nscd has
// a say. An entry that it does not have is none; a Problem: it does not answer.
class NssModule {
 public:
    static Answer<NssModule> open(const std::string& name);
    NssModule(NssModule&&) noexcept;
    NssModule& operator=(NssModule&&) = delete;
    ~NssModule();

    Answer<std::optional<NssUser>> find_user(const std::string& name);
    Answer<std::optional<NssGroup>> find_group(const std::string& name);
    // All groups of a user, the primary one too; none: the module cannot tell.
    Answer<std::optional<std::vector<gid_t>>> groups_of(const NssUser& user);
    // All that it lists, which may be nothing.
    Answer<std::vector<NssUser>> list_users();
    Answer<std::vector<NssGroup>> list_groups();

 private:
    struct Parts;
    explicit NssModule(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace userd::ctl
