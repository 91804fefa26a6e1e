// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/text_search.h"

#include <sqlite3.h>

#include <algorithm>

namespace userd::store {

namespace {

constexpr char fold(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view text_of(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void sql_holds(sqlite3_context* context, int count, sqlite3_value** values) {
    const auto needle = text_of(values[0]);
    const bool found =
        std::any_of(values + 1, values + count, [&](auto* value) { return holds(text_of(value), needle); });
    sqlite3_result_int(context, found ? 1 : 0);
}

}  // namespace

std::string folded(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), fold);
    return result;
}

bool holds(std::string_view text, std::string_view folded_needle) {
    if (folded_needle.empty()) return true;
    // A search looks at each letter of each user: nearly all differ from the first one in a single
    // comparison, which takes @ for ` and the like, but never misses.
    constexpr char case_bit = 'a' ^ 'A';
    const char first = static_cast<char>(folded_needle[0] | case_bit);
    for (; text.size() >= folded_needle.size(); text.remove_prefix(1))
        if (static_cast<char>(text[0] | case_bit) == first &&
            std::equal(folded_needle.begin(), folded_needle.end(), text.begin(),
                       [](char a, char b) { return a == fold(b); }))
            return true;
    return false;
}

Result<void> add_text_search(sqlite3* connection) {
    constexpr int kind = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    const int code = sqlite3_create_function_v2(connection, "holds", -1, kind, nullptr, sql_holds, nullptr,
                                                nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    return fail(Errc::internal, "add a function to SQLite: {}", sqlite3_errstr(code));
}

}  // namespace userd::store
