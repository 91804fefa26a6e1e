// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/text_search.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <new>

namespace userd::store {

namespace {

constexpr char fold(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char unfold(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string_view text_of(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

// SQLite keeps the needle for as long as the statement runs. None: no memory; nothing is thrown through C.
const Needle* needle_of(sqlite3_context* context, sqlite3_value* value) {
    if (const void* kept = sqlite3_get_auxdata(context, 0)) return static_cast<const Needle*>(kept);
    try {
        auto needle = std::make_unique<Needle>(text_of(value));
        sqlite3_set_auxdata(context, 0, needle.release(),
                            [](void* made) { delete static_cast<Needle*>(made); });
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
    return static_cast<const Needle*>(sqlite3_get_auxdata(context, 0));
}

void sql_holds(sqlite3_context* context, int count, sqlite3_value** values) {
    const Needle* needle = needle_of(context, values[0]);
    if (needle == nullptr) return sqlite3_result_error_nomem(context);
    const bool found =
        std::any_of(values + 1, values + count, [&](auto* value) { return needle->is_in(text_of(value)); });
    sqlite3_result_int(context, found ? 1 : 0);
}

}  // namespace

Needle::Needle(std::string_view text) : folded_(text) {
    std::transform(folded_.begin(), folded_.end(), folded_.begin(), fold);
    constexpr std::size_t furthest = UINT8_MAX;
    skip_.fill(static_cast<std::uint8_t>(std::min(folded_.size(), furthest)));
    for (std::size_t i = 0; i + 1 < folded_.size(); ++i) {
        const auto distance = static_cast<std::uint8_t>(std::min(folded_.size() - 1 - i, furthest));
        for (const char c : {folded_[i], unfold(folded_[i])}) skip_[static_cast<std::uint8_t>(c)] = distance;
    }
}

bool Needle::is_in(std::string_view text) const {
    if (folded_.empty()) return true;
    for (std::size_t end = folded_.size(); end <= text.size();
         end += skip_[static_cast<std::uint8_t>(text[end - 1])])
        if (fold(text[end - 1]) == folded_.back() &&
            std::equal(folded_.begin(), folded_.end() - 1, text.begin() + (end - folded_.size()),
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
