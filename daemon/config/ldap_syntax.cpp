// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/ldap_syntax.h"

#include <algorithm>

#include "common/base/text.h"

namespace userd {
namespace {

constexpr std::size_t max_filter = 4096;
constexpr unsigned max_depth = 32;
constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool has_controls(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Reads one filter from the front of a text, and writes it without what means nothing.
class FilterReader {
 public:
    explicit FilterReader(std::string_view text) : rest_(text) {}

    Result<std::string> read() {
        TRY(filter(0));
        skip_spaces();
        if (!rest_.empty()) return fail(Errc::invalid, "\"{}\" stands behind its end", escaped(rest_));
        return std::move(out_);
    }

 private:
    void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }

    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        out_ += c;
        return true;
    }

    Result<void> filter(unsigned depth) {
        skip_spaces();
        if (depth > max_depth) return fail(Errc::invalid, "nested too deeply");
        if (!take('(')) return expected("(");
        skip_spaces();
        if (take('&') || take('|')) {
            do {
                TRY(filter(depth + 1));
                skip_spaces();
            } while (rest_.starts_with('('));
        } else if (take('!')) {
            TRY(filter(depth + 1));
        } else {
            TRY(item());
        }
        skip_spaces();
        if (!take(')')) return expected(")");
        return {};
    }

    // TYPE, its options and the matching rule; a sign; the value.
    Result<void> item() {
        const std::size_t sign = std::min(rest_.find_first_of("=~<>:()"), rest_.size());
        std::string_view type = rest_.substr(0, sign);
        const bool only_rule = type.empty() && rest_.starts_with(':');
        for (std::string_view part : split(type, ';')) {
            if (!only_rule && (part.data() == type.data() ? !is_ldap_attribute(part) : !is_option(part)))
                return fail(Errc::invalid, "\"{}\" is not the name of an attribute", escaped(type));
        }
        out_ += type;
        rest_.remove_prefix(sign);
        const bool extended = rest_.starts_with(':');
        if (extended) {
            const std::size_t end = rest_.find('=');
            if (end == std::string_view::npos || !is_rule(rest_.substr(0, end)))
                return fail(Errc::invalid, "\"{}\" is no matching rule", escaped(rest_.substr(0, end)));
            out_ += rest_.substr(0, end);
            rest_.remove_prefix(end);
        } else if (rest_.starts_with('~') || rest_.starts_with('<') || rest_.starts_with('>')) {
            take(rest_[0]);
        }
        const bool may_have_stars =
            !out_.empty() && out_.back() != '~' && out_.back() != '<' && out_.back() != '>' && !extended;
        if (!take('=')) return expected("=");
        return value(may_have_stars);
    }

    Result<void> value(bool may_have_stars) {
        while (!rest_.empty() && rest_[0] != ')') {
            const char c = rest_[0];
            if (c == '(' || c == '\0' || (c == '*' && !may_have_stars))
                return fail(Errc::invalid, "\"{}\" in a value is written \\{:02x}",
                            escaped(rest_.substr(0, 1)), static_cast<unsigned char>(c));
            if (c == '\\' && (rest_.size() < 3 ||
                              rest_.substr(1, 2).find_first_not_of(hex_digits) != std::string_view::npos))
                return fail(Errc::invalid, "a backslash is followed by two hexadecimal digits");
            const std::size_t length = c == '\\' ? 3 : 1;
            out_ += rest_.substr(0, length);
            rest_.remove_prefix(length);
        }
        return {};
    }

    static bool is_option(std::string_view text) {
        return !text.empty() && std::all_of(text.begin(), text.end(),
                                            [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
    }
    // ":dn:", ":RULE:", ":dn:RULE:"
    static bool is_rule(std::string_view text) {
        if (text.size() < 2 || text.back() != ':') return false;
        const auto parts = split(text.substr(1, text.size() - 2), ':');
        return parts.size() <= 2 && std::all_of(parts.begin(), parts.end(), is_ldap_attribute);
    }

    Failure expected(std::string_view what) const {
        return rest_.empty() ? fail(Errc::invalid, "it ends where \"{}\" is expected", what)
                             : fail(Errc::invalid, "\"{}\" is expected before \"{}\"", what,
                                    escaped(rest_.substr(0, 32)));
    }

    std::string_view rest_;
    std::string out_;
};

}  // namespace

bool is_ldap_attribute(std::string_view text) {
    if (text.empty() || text.size() > 128) return false;
    if (is_letter(text[0]))
        return std::all_of(text.begin(), text.end(),
                           [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
    const auto parts = split(text, '.');
    return parts.size() > 1 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
           });
}

Result<std::string> parse_ldap_filter(std::string_view text) {
    if (text.size() > max_filter) return fail(Errc::invalid, "a filter has at most {} bytes", max_filter);
    auto filter = FilterReader(text).read();
    if (!filter)
        return fail(Errc::invalid, "\"{}\" is not a filter: {}", escaped(text), filter.error().message);
    return filter;
}

Result<std::string> parse_ldap_uri(std::string_view text) {
    const std::size_t scheme_end = text.find("://");
    const std::string_view scheme = text.substr(0, scheme_end);
    const bool known = scheme == "ldap" || scheme == "ldaps" || scheme == "ldapi";
    if (scheme_end == std::string_view::npos || !known || text.size() > 512)
        return fail(Errc::invalid, "\"{}\" is not ldaps://HOST, ldap://HOST or ldapi://SOCKET",
                    escaped(text));
    std::string_view host = text.substr(scheme_end + 3);
    if (scheme == "ldapi") {
        if (has_controls(host) || host.find_first_of(" ?#") != std::string_view::npos)
            return fail(Errc::invalid, "\"{}\" is not the path of a socket", escaped(host));
        if (!host.starts_with('/')) return std::string(text);
        std::string path(scheme);  // libldap wants each slash as %2F
        path += "://";
        for (const char c : host) path += c == '/' ? std::string("%2F") : std::string(1, c);
        return path;
    }
    if (host.ends_with('/')) host.remove_suffix(1);
    const bool bracketed = host.starts_with('[');
    const std::size_t end = bracketed ? host.find(']') + 1 : std::min(host.find(':'), host.size());
    const std::string_view name = host.substr(0, end), port = host.substr(end);
    const std::string_view name_bytes =
        bracketed ? "0123456789abcdefABCDEF:.[]"
                  : "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_";
    if (name.empty() || name.find_first_not_of(name_bytes) != std::string_view::npos)
        return fail(Errc::invalid, "\"{}\" is not the name of a host", escaped(name));
    const auto number = parse_number(port.substr(std::min<std::size_t>(port.size(), 1)));
    if (!port.empty() && (port[0] != ':' || !number || *number == 0 || *number > 65535))
        return fail(Errc::invalid, "\"{}\" is not a port", escaped(port));
    return fmt::format("{}://{}{}", scheme, name, port);
}

bool is_loopback_uri(std::string_view uri) {
    const std::size_t start = uri.find("://");
    if (start == std::string_view::npos) return false;
    const std::string_view host = uri.substr(start + 3);
    if (host.starts_with("[::1]")) return true;
    const std::string_view name = host.substr(0, host.find(':'));
    if (name == "localhost") return true;
    return name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos &&
           split(name, '.').size() == 4;
}

Result<std::string> parse_ldap_dn(std::string_view text) {
    const auto bad = [&] {
        return fail(Errc::invalid, "\"{}\" is not a DN (as in \"dc=example,dc=org\")", escaped(text));
    };
    if (text.empty() || text.size() > 1024 || has_controls(text)) return bad();
    std::size_t start = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '\\') {
            if (++i >= text.size()) return bad();
            continue;
        }
        if (i < text.size() && text[i] != ',' && text[i] != '+') continue;
        const std::string_view part = trimmed(text.substr(start, i - start));
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos || !is_ldap_attribute(trimmed(part.substr(0, equals))))
            return bad();
        start = i + 1;
    }
    return std::string(text);
}

}  // namespace userd
