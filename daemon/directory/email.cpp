// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/email.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "common/base/text.h"

// RFC 5321's dot-string and domain, in ASCII: no quoted local parts, address literals or IDN, which mail
// software treats too differently to keep two of them apart.
namespace userd {

namespace {

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_local_part(std::string_view text) {
    if (text.empty() || text.size() > 64) return false;
    for (const auto atom : split(text, '.'))
        if (atom.empty() || !std::all_of(atom.begin(), atom.end(), [](char c) {
                return is_letter_or_digit(c) ||
                       std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
            }))
            return false;
    return true;
}

bool is_domain(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    for (const auto label : split(text, '.'))
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
            !std::all_of(label.begin(), label.end(),
                         [](char c) { return is_letter_or_digit(c) || c == '-'; }))
            return false;
    return true;
}

std::string folded_ascii(std::string_view text) {
    std::string folded(text);
    for (char& c : folded)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return folded;
}

Failure refuse(std::string_view text, std::string_view why) {
    return fail(Error{Errc::invalid,
                      fmt::format("\"{}\" is no mail address: {}", escaped(text.substr(0, 64)), why),
                      "an address such as alice@example.org", "email"});
}

}  // namespace

Result<Email> Email::parse(std::string_view text, const std::vector<std::string>& domains) {
    if (text.empty()) return Email{};
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return refuse(text, "it has no @");
    const auto local = text.substr(0, at), domain = text.substr(at + 1);
    if (text.size() > 254) return refuse(text, "it has more than 254 characters");
    if (!is_local_part(local)) return refuse(text, "the part before the @ is not in order");
    if (!is_domain(domain)) return refuse(text, "the part after the @ is no domain");
    const auto folded_domain = folded_ascii(domain);
    const auto is_this = [&](const std::string& allowed) { return folded_ascii(allowed) == folded_domain; };
    if (!domains.empty() && std::none_of(domains.begin(), domains.end(), is_this))
        return refuse(text, fmt::format("only addresses of {} are allowed (users.email in userd.yaml)",
                                        fmt::join(domains, ", ")));
    return Email{fmt::format("{}@{}", local, folded_domain),
                 fmt::format("{}@{}", folded_ascii(local), folded_domain)};
}

}  // namespace userd
