// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdlib.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::test {

// A folder of its own that goes with the test.
class TemporaryFolder {
 public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "userd-test-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

// The value, or the test ends with the error's text.
template <typename T>
T must(Result<T> result) {
    if (!result) BOOST_FAIL(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <typename T>
Errc code_of(const Result<T>& result) {
    BOOST_REQUIRE_MESSAGE(!result, "an error was expected");
    return result.error().code;
}

inline User sample_user(std::int64_t id, std::string name, std::uint32_t uid) {
    User user;
    user.id = ObjectId{id};
    user.name = std::move(name);
    user.uid = user.gid = uid;
    user.shell = "/bin/bash";
    user.home = "/home/" + user.name;
    user.state = UserState::active;
    user.source = "local";
    user.created_by = "root";
    user.metadata = "{}";
    user.created_at = user.updated_at = from_unix(1'700'000'000);
    return user;
}

}  // namespace userd::test

// Boost prints the code of an error as its number.
namespace userd {
inline std::ostream& operator<<(std::ostream& stream, Errc code) {
    return stream << static_cast<int>(code);
}
}  // namespace userd
