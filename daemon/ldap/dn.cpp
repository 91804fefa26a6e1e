// SPDX-License-Identifier: LGPL-2.1-or-later
// RFC 4514, 3, and what RFC 2253 and LDAPv2 wrote besides: spaces around signs, values in quotes, ";" for
// ",". Most DNs need no more than lower case: they take the fast way.
#include "daemon/ldap/dn.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/wire/ldap.h"
#include "daemon/config/ldap_syntax.h"
#include "daemon/ldap/fold.h"

namespace userd {
namespace {

constexpr auto none = std::string_view::npos;
constexpr std::string_view hex = "0123456789abcdef";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// What a byte is to the fast way: itself in lower case, or 0 for what it leaves to the other one.
constexpr auto plain_bytes = [] {
    std::array<char, 256> table{};
    for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = static_cast<char>(c);
    for (unsigned char c = 'A'; c <= 'Z'; ++c) table[c] = static_cast<char>(c | 0x20);
    for (unsigned char c = '0'; c <= '9'; ++c) table[c] = static_cast<char>(c);
    for (const char c : {'-', '.', '_', '@', '\'', '/', ':', ' '}) table[static_cast<unsigned char>(c)] = c;
    return table;
}();

bool is_type(std::string_view text) {
    return !text.empty() && ((text[0] >= 'a' && text[0] <= 'z')
                                 ? text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == none
                                 : is_ldap_attribute(text));
}

// "Uid=Alice,OU=People,DC=example,DC=org" without anything to think about: one pass.
bool normalise_plain(std::string_view dn, std::string& out) {
    out.clear();
    std::size_t part = 0;  // where in `out` the RDN begins
    bool in_value = false;
    for (const char c : dn) {
        if (c == '=' && !in_value) {
            if (!is_type(std::string_view(out).substr(part))) return false;
            in_value = true;
        } else if (c == ',' && in_value) {
            if (out.back() == ' ') return false;
            in_value = false;
            part = out.size() + 1;
        } else {
            const char plain = plain_bytes[static_cast<unsigned char>(c)];
            if (plain == 0) return false;
            if (plain == ' ' && (!in_value || out.back() == '=' || out.back() == ' ')) return false;
            out += plain;
            continue;
        }
        out += c;
    }
    return in_value && out.back() != ' ';
}

// One pass over a DN of any form, part by part.
class DnReader {
 public:
    explicit DnReader(std::string_view dn) : rest_(dn) {}

    bool read(std::string& out) {
        out.clear();
        do {
            if (!read_rdn(out)) return false;
            if (out.size() > wire::max_dn) return false;
            if (at_end_) return true;
            out += ',';
        } while (true);
    }

 private:
    void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

    bool read_rdn(std::string& out) {
        std::vector<std::string> parts;
        char sign = '+';
        while (sign == '+') {
            std::string part;
            if (!read_type(part)) return false;
            if (!read_value(part)) return false;
            parts.push_back(std::move(part));
            at_end_ = rest_.empty();
            if (at_end_) break;
            sign = rest_[0];
            rest_.remove_prefix(1);
        }
        std::sort(parts.begin(), parts.end());
        for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : "+") + parts[i];
        return true;
    }

    bool read_type(std::string& part) {
        skip_spaces();
        const std::size_t equals = rest_.find('=');
        if (equals == none) return false;
        std::string_view type = rest_.substr(0, equals);
        type = type.substr(0, type.find_last_not_of(' ') + 1);
        for (const std::string_view prefix : {"OID.", "oid."})
            if (type.starts_with(prefix)) type.remove_prefix(prefix.size());
        if (!is_ldap_attribute(type)) return false;
        append_folded(type, part);
        part += '=';
        rest_.remove_prefix(equals + 1);
        skip_spaces();
        return true;
    }

    bool read_value(std::string& part) {
        std::string value;
        if (rest_.starts_with('#')) {
            const std::size_t end = std::min(rest_.find_first_of(",+; "), rest_.size());
            const auto bytes = unhex(rest_.substr(1, end - 1));
            if (!bytes || bytes->empty()) return false;
            rest_.remove_prefix(end);
            skip_spaces();
            if (!is_sign_next()) return false;
            const auto text = text_of_ber(*bytes);
            if (!text) {
                part += '#';
                for (const char c : *bytes) append_hex(c, part);
                return true;
            }
            value = *text;
        } else if (!(rest_.starts_with('"') ? read_quoted(value) : read_string(value))) {
            return false;
        }
        append_value(value, part);
        return true;
    }

    bool is_sign_next() const {
        return rest_.empty() || rest_[0] == ',' || rest_[0] == '+' || rest_[0] == ';';
    }

    // Up to the next sign that is not escaped.
    bool read_string(std::string& value) {
        while (!is_sign_next()) {
            const char c = rest_[0];
            if (c == '"' || c == '<' || c == '>' || c == '\0') return false;
            if (!read_byte(value)) return false;
        }
        return true;
    }

    bool read_quoted(std::string& value) {
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_[0] != '"')
            if (!read_byte(value)) return false;
        if (rest_.empty()) return false;
        rest_.remove_prefix(1);
        skip_spaces();
        return is_sign_next();
    }

    // One byte, escaped or not: \, \2C
    bool read_byte(std::string& value) {
        if (rest_[0] != '\\') {
            value += rest_[0];
            rest_.remove_prefix(1);
            return true;
        }
        if (rest_.size() < 2) return false;
        const int high = hex_digit(rest_[1]), low = rest_.size() > 2 ? hex_digit(rest_[2]) : -1;
        if (high >= 0 && low < 0) return false;
        if (high < 0 && std::string_view(" \"#+,;<=>\\").find(rest_[1]) == none) return false;
        value += high >= 0 ? static_cast<char>(high << 4 | low) : rest_[1];
        rest_.remove_prefix(high >= 0 ? 3 : 2);
        return true;
    }

    static std::optional<std::string> unhex(std::string_view text) {
        if (text.size() % 2 != 0) return std::nullopt;
        std::string bytes;
        for (std::size_t i = 0; i < text.size(); i += 2) {
            const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
            if (high < 0 || low < 0) return std::nullopt;
            bytes += static_cast<char>(high << 4 | low);
        }
        return bytes;
    }

    // A short string in BER: octets, UTF-8, printable or IA5.
    static std::optional<std::string> text_of_ber(std::string_view ber) {
        const bool is_string = ber[0] == '\x04' || ber[0] == '\x0C' || ber[0] == '\x13' || ber[0] == '\x16';
        if (!is_string || ber.size() < 2 || static_cast<unsigned char>(ber[1]) > 127 ||
            static_cast<std::size_t>(ber[1]) != ber.size() - 2)
            return std::nullopt;
        return std::string(ber.substr(2));
    }

    static void append_hex(char c, std::string& to) {
        to += hex[static_cast<unsigned char>(c) >> 4];
        to += hex[static_cast<unsigned char>(c) & 15];
    }

    // Spaces at the ends and doubled ones mean nothing (RFC 4518, 2.6.1).
    static void append_value(std::string_view value, std::string& to) {
        std::string folded;
        append_folded(value, folded);
        std::string kept;
        for (const char c : folded)
            if (c != ' ' || (!kept.empty() && kept.back() != ' ')) kept += c;
        if (!kept.empty() && kept.back() == ' ') kept.pop_back();
        for (std::size_t i = 0; i < kept.size(); ++i) {
            const char c = kept[i];
            const bool is_special = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ||
                                    std::string_view("\"+,;<>\\=").find(c) != none || (c == '#' && i == 0);
            if (!is_special) {
                to += c;
                continue;
            }
            to += '\\';
            append_hex(c, to);
        }
    }

    std::string_view rest_;
    bool at_end_ = false;
};

}  // namespace

bool normalise_dn(std::string_view dn, std::string& out) {
    if (dn.empty() || dn.size() > wire::max_dn) return false;
    return normalise_plain(dn, out) || DnReader(dn).read(out);
}

std::optional<std::string> normal_dn(std::string_view dn) {
    std::string out;
    if (!normalise_dn(dn, out)) return std::nullopt;
    return out;
}

bool is_within(std::string_view dn, std::string_view base) {
    if (!dn.ends_with(base)) return false;
    return dn.size() == base.size() || dn[dn.size() - base.size() - 1] == ',';
}

Result<std::string> dn_below(std::string_view attribute, std::string_view value, std::string_view base) {
    if (!is_ldap_attribute(attribute)) return fail(Errc::invalid, "an attribute's name is no name");
    std::string dn(attribute);
    dn += '=';
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || byte >= 0x80) {
            dn += c;
        } else {
            dn += '\\';
            dn += hex[byte >> 4];
            dn += hex[byte & 15];
        }
    }
    if (!base.empty()) dn += ',';
    dn += base;
    return dn;
}

}  // namespace userd
