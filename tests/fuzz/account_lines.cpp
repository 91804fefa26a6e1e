// SPDX-License-Identifier: LGPL-2.1-or-later
// passwd, shadow, group and gshadow of any form, one after another between NULs. What can be read can be
// taken out and put back, what is told of it is read back, and a text without the account stays as it is.
#include "daemon/homes/account_lines.h"

#include <cstdlib>

#include "common/base/text.h"

using namespace userd;
using namespace userd::homes;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parts = split({reinterpret_cast<const char*>(data), size}, '\0');
    if (parts.size() < 4) return 0;
    const AccountFiles before{std::string(parts[0]), std::string(parts[1]), std::string(parts[2]),
                              std::string(parts[3])};
    (void)administrators(before);
    (void)parse_account_lines(parts[0]);
    (void)parse_host_account(parts[0]);
    for (const auto& name : account_names(before.passwd)) {
        const auto account = read_account(before, name);
        if (!account) continue;
        const auto told = parse_host_account(to_text(*account).text());
        if (!told || told->name != name || told->fingerprint != account->fingerprint) abort();
        auto files = before;
        const auto taken = take_lines(files, name, account->groups);
        if (read_account(files, name)) abort();
        const auto kept = parse_account_lines(to_text(taken));
        if (!kept || !put_lines(files, *kept)) abort();
        const auto back = read_account(files, name);
        if (!back || back->fingerprint != account->fingerprint) abort();
    }
    auto files = before;
    take_lines(files, "nobody-has-this-name", {});
    if (files.passwd != before.passwd || files.group != before.group) abort();
    return 0;
}
