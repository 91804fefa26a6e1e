// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"

namespace userd::ctl {

// Prints one page, by --limit and --offset, or with --all page after page until the end, with progress when
// that takes long. `wanted` names the list. `see` looks at the first page before anything is printed, and may
// choose other columns.
using FetchPage = std::function<Answer<Page>(std::uint64_t offset, std::uint64_t limit)>;
using SeePage = std::function<Answer<void>(const Page& first, Listing& wanted)>;
Answer<void> print_list(const Args& args, Output& out, Listing wanted, const FetchPage& fetch,
                        const SeePage& see = {});

// An error that names what there is, when `name` is none of `known`: for lists that came out empty.
Answer<void> check_known(std::string_view kind, const std::string& name,
                         const std::vector<std::string>& known);
Answer<void> check_source(Client& client, const Args& args);  // of --source

}  // namespace userd::ctl
