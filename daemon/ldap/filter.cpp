// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/filter.h"

#include "daemon/config/ldap_syntax.h"

namespace userd {
namespace {

constexpr const char* nothing = "(!(objectClass=*))";  // every entry has one (RFC 4512, 2.4)
constexpr const char* everything = "(objectClass=*)";

// RFC 4515, 3: NUL ( ) * \ must be escaped; of the rest all but letters, digits and what DNs and addresses
// are made of is too, so that bytes which are no UTF-8 become text.
std::string escaped_value(std::string_view value) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,=@+: ";
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(value.size());
    for (const char c : value) {
        if (c != '\0' && plain.find(c) != std::string_view::npos) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += '\\';
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

}  // namespace

Filter Filter::compare(std::string_view attribute, std::string_view sign, std::string_view value) {
    if (!is_ldap_attribute(attribute)) return Filter(nothing);
    std::string text = "(";
    text += attribute;
    text += sign;
    text += escaped_value(value);
    return Filter(text + ")");
}

Filter Filter::join(char sign, const std::vector<Filter>& parts) {
    if (parts.size() == 1) return parts[0];
    std::string text = "(";
    text += sign;
    for (const Filter& part : parts) text += part.text_;
    return Filter(text + ")");
}

Filter Filter::equals(std::string_view attribute, std::string_view value) {
    return compare(attribute, "=", value);
}

Filter Filter::at_least(std::string_view attribute, std::string_view value) {
    return compare(attribute, ">=", value);
}

Filter Filter::present(std::string_view attribute) {
    return is_ldap_attribute(attribute) ? Filter("(" + std::string(attribute) + "=*)") : Filter(nothing);
}

Filter Filter::all_of(const std::vector<Filter>& parts) {
    return parts.empty() ? Filter(everything) : join('&', parts);
}

Filter Filter::any_of(const std::vector<Filter>& parts) {
    return parts.empty() ? Filter(nothing) : join('|', parts);
}

Filter Filter::none_of(const Filter& part) {
    return Filter("(!" + part.text_ + ")");
}

Result<Filter> Filter::parse(std::string_view text) {
    return Filter(TRY(parse_ldap_filter(text)));
}

}  // namespace userd
