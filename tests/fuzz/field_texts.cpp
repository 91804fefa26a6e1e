// SPDX-License-Identifier: LGPL-2.1-or-later
// What people write into fields: the first byte picks the parser, the rest is the text. What a parser lets
// through it must take again, unchanged: else the store would hold what an update refuses.
#include <cstdint>
#include <cstdlib>

#include "common/base/text.h"
#include "common/base/unescaped.h"
#include "daemon/directory/email.h"
#include "daemon/directory/metadata.h"
#include "daemon/directory/name_rule.h"
#include "daemon/directory/phone.h"
#include "daemon/directory/plain_text.h"

using namespace userd;

namespace {

void check_same(const Result<std::string>& first, const Result<std::string>& again) {
    if (!first) return;
    if (!again || *again != *first) std::abort();
}

template <typename Parse>
void check(Parse parse, std::string_view text) {
    const auto first = parse(text);
    if (first) check_same(first, parse(*first));
}

Result<std::string> email_text(std::string_view text) {
    return Email::parse(text, {}).map([](const Email& email) { return email.text; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static const NameRule rule{Config{}};
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
        case 'p':
            check(parse_phone, text);
            break;
        case 'e':
            check(email_text, text);
            break;
        case 'm':
            check(parse_metadata, text);
            break;
        case 'g':
            check([](std::string_view t) { return parse_gecos(t, "display_name"); }, text);
            break;
        case 'h':
            check([](std::string_view t) { return parse_path(t, "home"); }, text);
            break;
        case 'w':
            check([](std::string_view t) { return parse_word_like(t, "tags"); }, text);
            break;
        case 'b':
            if (const auto bytes = unescaped(text); bytes && unescaped(escaped(*bytes)) != bytes)
                std::abort();
            break;
        default:
            (void)rule.check(text);
    }
    return 0;
}
