// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/host_account.h"

// The lines of a local account in passwd(5), shadow(5), group(5) and gshadow(5): texts in, texts out.
namespace userd::homes {

struct AccountFiles {
    std::string passwd, shadow, group, gshadow;
};

// What is taken out of the files, and put back; an empty line: there was none.
struct AccountLines {
    std::string passwd, shadow, group, gshadow;
    std::vector<std::string> member_of;  // groups whose list of members named it
};

std::vector<std::string> account_names(std::string_view passwd);  // in the file's order, each once

// Refused, saying why: not an ordinary account (uid 1000–59999), one that is entangled with others (shared
// name or number, a primary group that is not its own alone), without a password.
Result<HostAccount> read_account(const AccountFiles& files, std::string_view name);

// Others than `name` in a group that is as good as root, who have a password.
std::vector<std::string> administrators(const AccountFiles& files);

// Takes the account's lines out, and its name out of the members of `leave`. Every other byte stays. The
// lines of the account in the files are those of `known`, where it is given: what differs from them stays.
AccountLines take_lines(AccountFiles& files, std::string_view name, const std::vector<std::string>& leave,
                        const AccountLines* known = nullptr);

// Puts them back; a line that is there already stays as it is. Refused (exists) when another account or group
// has the name or the number.
Result<void> put_lines(AccountFiles& files, const AccountLines& lines);

// How they are kept on the disk.
std::string to_text(const AccountLines& lines);
Result<AccountLines> parse_account_lines(std::string_view text);

}  // namespace userd::homes
