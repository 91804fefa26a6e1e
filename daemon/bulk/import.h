// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/bulk/csv.h"
#include "daemon/config/config.h"
#include "daemon/directory/directory.h"
#include "daemon/login/credentials.h"

namespace userd {

inline constexpr std::size_t most_import_bytes = std::size_t{16} << 20U;
inline constexpr std::size_t most_import_rows = 25'000;   // of one transaction
inline constexpr std::size_t most_import_problems = 100;  // told; all are counted

enum class IfExists { fail, skip, update };

struct ImportOptions {
    std::map<std::string, std::string, std::less<>> map;  // column → field; an empty field: left out
    std::string name_from;                                // see NameMaker; empty: the column `name`
    Fields defaults;                  // for each row that does not say otherwise: mfa, role, must_change, …
    std::vector<std::string> groups;  // beside the row's own; local ones too
    IfExists if_exists = IfExists::fail;
};

// Something that is wrong in the file, or refused by the directory.
struct ImportProblem {
    TextPlace place;
    std::string message, hint, field;
};

// What a file's rows came to. When there are problems nothing was changed.
struct ImportResult {
    struct Done {
        std::string_view deed;  // created, updated, unchanged, skipped
        std::string name;
        std::uint32_t uid = 0;
        bool wants_password = false;  // a new account that may have one
    };
    std::vector<Done> done;  // in the order of the file
    std::vector<ImportProblem> problems;
    std::uint64_t problem_count = 0;
    std::vector<std::string> ignored;  // columns of fields that cannot be set
};

// A prepared password for each new name, if there are any.
using ImportPasswords = std::map<std::string, PreparedPassword, std::less<>>;

// Users from a CSV file, all in one transaction of the directory or none. Main thread; about a second for ten
// thousand rows. Errors: those that concern no row (limits, generation_conflict, io…).
Result<ImportResult> import_users(Directory& directory, Credentials& credentials, const Config& config,
                                  const Actor& actor, const ChangeOptions& options, std::string_view text,
                                  const ImportOptions& how, const ImportPasswords& passwords = {});

// The same as far as it needs no directory: the form of the file and of each value. For a worker.
ImportResult check_form(std::string_view text, const ImportOptions& how, const Config& config);

}  // namespace userd
