// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/errands/errands.h"
#include "daemon/model/user.h"

namespace userd {

// What is to become of what a user leaves behind.
struct Legacy {
    enum class Home { unsaid, keep, archive, remove };
    std::optional<User> heir;  // gets the files
    Home home = Home::unsaid;
    bool clean = false;  // the name goes out of the host's own files
    bool leave = false;  // whatever is there stays, and nobody looks
};

// What a user owns on the host, as userd-homes found it: how much of each, and a few by name.
class Owned {
 public:
    void add(const ErrandItem& item, std::string_view home);
    bool runs() const { return running_.count > 0; }  // processes, jobs, sessions
    bool has_home() const { return at_home_.count > 0; }
    // The rule of delete: owns_resources, naming all about which `legacy` says nothing. Files want an heir;
    // what lies in the home or runs is settled by an heir or by a word on the home.
    Result<void> check_settled(const std::string& user, const Legacy& legacy) const;

 private:
    struct Heap {
        std::size_t count = 0;
        std::vector<std::string> named;  // the first few, as they may be shown
        void add(const ErrandItem& item);
        std::string text(std::string_view what) const;  // "12 files (/srv/a, /srv/b, …)"
    };
    Heap files_, at_home_, running_;
};

}  // namespace userd
