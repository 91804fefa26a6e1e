// SPDX-License-Identifier: LGPL-2.1-or-later
// FILEFORMAT of google-authenticator-libpam: the first line is the key in base 32; lines that begin with `" `
// are options; each other line is a scratch code, eight digits without a leading zero. A code that was used
// is taken out of the file there.
#include "daemon/login/authenticator_file.h"

#include <algorithm>

#include "common/base/text.h"
#include "daemon/login/totp.h"

namespace userd {
namespace {

constexpr std::size_t least_key = 10;     // bytes: 80 bits, what it made until 2017
constexpr std::size_t most_scratch = 10;  // what it makes at most
constexpr std::uint64_t far_step = UINT64_C(1) << 40;

Failure refuse(std::string_view why, std::string hint = {}) {
    return fail(
        Error{Errc::policy_violation, fmt::format(".google_authenticator {}", why), std::move(hint), {}});
}

struct Option {
    std::string_view name;
    std::vector<std::string_view> values;
};

Option option_of(std::string_view line) {
    Option option;
    for (const auto word : split(line.substr(2), ' ')) {
        if (word.empty()) continue;
        if (option.name.empty())
            option.name = word;
        else
            option.values.push_back(word);
    }
    return option;
}

Result<void> take_option(const Option& option, AuthenticatorFile& file, bool& by_time) {
    const auto number = option.values.empty() ? std::nullopt : parse_number(option.values[0]);
    if (option.name == "TOTP_AUTH") by_time = true;
    if (option.name == "HOTP_COUNTER")
        return refuse("counts codes (HOTP) instead of going by the clock", "userctl mfa enable, by the user");
    if (option.name == "STEP_SIZE") {
        if (!number || *number < 10 || *number > 120)
            return refuse("has steps that are not 10 to 120 s long");
        file.shape.period = static_cast<unsigned>(*number);
    }
    if (option.name == "WINDOW_SIZE" && number && *number != 3)
        file.notes.push_back(fmt::format("its window of {} codes becomes 3", *number));
    if (option.name == "RATE_LIMIT") file.notes.emplace_back("its rate limit gives way to userd's lock-out");
    if (option.name == "TIME_SKEW" && !option.values.empty() && option.values[0] != "0")
        file.notes.emplace_back("its correction of a clock that is wrong counts no more");
    if (option.name == "DISALLOW_REUSE")
        for (const auto value : option.values)
            if (const auto step = parse_number(value); step && *step < far_step)
                file.last_step = std::max(file.last_step, static_cast<std::int64_t>(*step));
    return {};
}

bool is_scratch(std::string_view line) {
    return line.size() == 8 &&
           std::all_of(line.begin(), line.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<AuthenticatorFile> parse_authenticator_file(const Secret& text) {
    AuthenticatorFile file;
    const auto lines = split(text.text(), '\n');
    auto key = from_base32(Secret(trimmed(lines[0])));
    if (!key || key->empty()) return refuse("does not begin with a key");
    if (key->size() < least_key)
        return refuse("has a key of less than 80 bits", "userctl mfa enable, by the user");
    file.key = std::move(*key);
    bool by_time = false;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (lines[i].starts_with("\" "))
            TRY(take_option(option_of(lines[i]), file, by_time));
        else if (is_scratch(trimmed(lines[i])) && file.scratch.size() < most_scratch)
            file.scratch.emplace_back(trimmed(lines[i]));
    }
    if (!by_time) return refuse("does not say TOTP_AUTH: its codes do not go by the clock");
    return file;
}

}  // namespace userd
