// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "common/wire/ldap.h"
#include "daemon/config/config.h"
#include "daemon/directory/host_files.h"
#include "daemon/model/user.h"

namespace userd {

// What a server says of a person, in the forms that the host can use; what has another form is left out, as
// if the server had not said it. Name, number and primary group are judged elsewhere.
void take_facts(User& user, const wire::LdapEntry& facts, const LdapSource& source, const Config& config,
                const HostFiles& host);

// Why the server keeps an account out; none: it does not.
enum class Barred { no, disabled, vanished };
// Suspends or resumes. What an admin of the host suspended stays so, without an end of its own. True: the
// state is another now.
bool bar(User& user, Barred barred);

}  // namespace userd
