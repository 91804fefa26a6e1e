// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"

namespace userd::ctl {

// What the arguments of a command name.

// The arguments, with "-" replaced by the lines of standard input.
Answer<std::vector<std::string>> targets(const Args& args);
// The user that the argument at `index` names; without it the caller.
Answer<Found> user_or_self(Client& client, const Args& args, std::size_t index = 0);

// Does `deed` for each target. A failure is told at once, names its target, and does not stop the others:
// then the answer is Exit::some_failed, or what failed when there was only one target.
Answer<void> for_each(const std::vector<std::string>& targets, Output& out,
                      const std::function<Answer<void>(const std::string&)>& deed);

// The text of a field, empty when it is not set; the number as text.
std::string text_of(const Fields& record, std::string_view field);
// The number of a field; 0 when it is not set.
std::int64_t number_of(const Fields& record, std::string_view field);

// Asks y/N before `deed`, once it is known that the daemon would do it: who may not is refused, not asked.
Answer<void> make_sure(Client& client, const Args& args, std::string_view question,
                       const std::function<Answer<void>()>& deed);
// Asks y/N unless --yes; Exit::cancelled when the answer is no, Exit::usage when nobody can be asked.
Answer<void> make_sure(const Args& args, std::string_view question);

}  // namespace userd::ctl
