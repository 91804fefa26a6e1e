// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"

namespace userd::ctl {

// One page, by --limit and --offset, or with --all page after page until the end, with progress when that
// takes long. `wanted` names the list.
using FetchPage = std::function<Answer<Page>(std::uint64_t offset, std::uint64_t limit)>;
Answer<Listing> fetch_list(const Args& args, Output& out, Listing wanted, const FetchPage& fetch);

}  // namespace userd::ctl
