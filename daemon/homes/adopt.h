// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/homes/homes_yaml.h"
#include "daemon/homes/report.h"

// Local accounts that become userd's. All but `is_adopted` are refused unless homes.yaml says `adopt: yes`.
namespace userd::homes {

// An item for each account that may be adopted, a note for each ordinary one that may not, saying why; then
// the administrators who would stay if none were. With errand.name only that account, and an error instead of
// a note. `root` is the prefix of /etc.
Result<void> find_accounts(const std::string& root, const Limits& limits, const wire::Errand& errand,
                           Report& report);

// Takes the lines of an account out of passwd, shadow, group and gshadow, under the lock of passwd(5). They
// are kept first. What decides who answers for the account is the line in passwd, which goes first. May be
// done again: what is left is finished. errand.most is the fingerprint of the lines as the core knows them.
Result<void> take_account(const std::string& root, const Limits& limits, const wire::Errand& errand,
                          Report& report);
// Puts them back, passwd last, and forgets them. Nothing to do when they are there.
Result<void> give_account_back(const std::string& root, const Limits& limits, const wire::Errand& errand,
                               Report& report);

// Whether the lines of an account with this uid are kept here: root has handed it over.
bool is_adopted(const std::string& root, std::uint32_t uid);

// ~/.google_authenticator, which is the user's to change at any moment: its text in items; then its new name,
// so that nothing reads it any more, and its old one again.
Result<void> read_authenticator(const Limits& limits, const wire::Errand& errand, Report& report);
Result<void> put_authenticator_aside(const Limits& limits, const wire::Errand& errand, Report& report);
Result<void> put_authenticator_back(const Limits& limits, const wire::Errand& errand, Report& report);

}  // namespace userd::homes
