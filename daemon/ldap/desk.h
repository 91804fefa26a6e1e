// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <list>
#include <memory>
#include <string_view>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/ldap/core_link.h"
#include "daemon/ldap/overseer.h"
#include "daemon/ldap/passwords.h"
#include "daemon/ldap/servers.h"
#include "daemon/ldap/source_sync.h"
#include "daemon/runtime/workers.h"

namespace userd::ldap {

// Where what the core says goes to: a Begin to the thread of its source, a password or a test to a worker,
// which answers the core itself. Main thread only; never waits.
class Desk {
 public:
    Desk(const std::vector<LdapSource>& sources, CoreLink& core, Overseer& overseer, Loop& loop);
    Result<void> open();  // an Error: a source's servers make no sense

    // An Error: it is no frame of the core's, or the core has hung up.
    Result<void> hear(std::string_view frame);

 private:
    struct Source {
        const LdapSource& configured;
        Servers servers;
        Passwords passwords;
        std::unique_ptr<SourceSync> sync;
        Source(const LdapSource& from, Servers list)
            : configured(from), servers(std::move(list)), passwords(from, servers) {}
    };
    Source* find(std::string_view name);
    Result<void> begin(const wire::LdapBegin& begin);
    void check(const wire::LdapBind& bind);
    void change(const wire::LdapModifyPassword& change);
    void test(const wire::LdapTest& test);
    void tell(std::uint64_t number, const PasswordTold& told);
    template <typename Ask>
    void ask(std::uint64_t number, std::string_view source, Ask ask);

    const std::vector<LdapSource>& configured_;
    CoreLink& core_;
    Overseer& overseer_;
    std::list<Source> sources_;
    Workers workers_;
};

}  // namespace userd::ldap
