// SPDX-License-Identifier: LGPL-2.1-or-later
// By hand and not by liblber: its decoder may assert on what it is given, and these few types need only tag
// and definite length (RFC 4511, 5.1 allows no other).
#include "daemon/ldap/sync_controls.h"

#include "common/wire/ldap.h"

namespace userd::ldap {
namespace {

constexpr unsigned char tag_boolean = 0x01, tag_octets = 0x04, tag_enumerated = 0x0a, tag_sequence = 0x30,
                        tag_set = 0x31;
// SyncInfoValue's choices, context specific
constexpr unsigned char tag_new_cookie = 0x80, tag_refresh_delete = 0xa1, tag_refresh_present = 0xa2,
                        tag_id_set = 0xa3;
constexpr char mode_refresh_and_persist = 3;

struct Element {
    unsigned char tag = 0;
    std::string_view bytes;
};

// Takes elements of BER off the front.
class Ber {
 public:
    explicit Ber(std::string_view bytes) : rest_(bytes) {}
    bool at_end() const { return rest_.empty(); }
    bool is_next(unsigned char tag) const {
        return !rest_.empty() && static_cast<unsigned char>(rest_[0]) == tag;
    }

    std::optional<Element> next() {
        if (rest_.size() < 2) return std::nullopt;
        const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(rest_[i]); };
        std::size_t length = octet(1), header = 2;
        if (length > 0x7f) {
            const std::size_t digits = length & 0x7f;
            if (digits == 0 || digits > 4 || rest_.size() < 2 + digits) return std::nullopt;
            length = 0;
            for (std::size_t i = 0; i < digits; ++i) length = length << 8 | octet(2 + i);
            header += digits;
        }
        if (length > rest_.size() - header) return std::nullopt;
        const Element element{octet(0), rest_.substr(header, length)};
        rest_.remove_prefix(header + length);
        return element;
    }
    std::optional<std::string_view> next(unsigned char tag) {
        if (!is_next(tag)) return std::nullopt;
        const auto element = next();
        return element ? std::optional(element->bytes) : std::nullopt;
    }

 private:
    std::string_view rest_;
};

std::optional<bool> parse_boolean(std::string_view bytes) {
    if (bytes.size() != 1) return std::nullopt;
    return bytes[0] != 0;
}

// The cookie and the boolean at the front of a sequence, which may lack either. False: not well formed.
bool read_head(Ber& ber, std::optional<std::string_view>& cookie, bool& flag) {
    if (ber.is_next(tag_octets)) {
        cookie = ber.next(tag_octets);
        if (!cookie || cookie->size() > wire::max_cookie) return false;
    }
    if (!ber.is_next(tag_boolean)) return true;
    const auto bytes = ber.next(tag_boolean);
    const auto value = bytes ? parse_boolean(*bytes) : std::nullopt;
    if (value) flag = *value;
    return value.has_value();
}

bool read_uuids(std::string_view bytes, std::vector<std::string_view>& uuids) {
    uuids.reserve(bytes.size() / (wire::uuid_size + 2));
    for (Ber ber(bytes); !ber.at_end();) {
        const auto uuid = ber.next(tag_octets);
        if (!uuid || uuid->size() != wire::uuid_size) return false;
        uuids.push_back(*uuid);
    }
    return true;
}

void append(std::string& out, unsigned char tag, std::string_view bytes) {
    out += static_cast<char>(tag);
    if (bytes.size() > 0x7f) {
        out += static_cast<char>(0x82);
        out += static_cast<char>(bytes.size() >> 8);
    }
    out += static_cast<char>(bytes.size() & 0xff);
    out += bytes;
}

// A time, a count within it, the server that writes, a count of parts; all but the time in hexadecimal.
constexpr std::string_view change_form = "00000000000000.000000Z#xxxxxx#xxx#xxxxxx";
constexpr std::size_t writer_at = 30;

bool has_form(std::string_view text, std::string_view form) {
    if (text.size() < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        const bool is_hex = is_digit || (text[i] >= 'a' && text[i] <= 'f');
        if (form[i] == '0' ? !is_digit : form[i] == 'x' ? !is_hex : text[i] != form[i]) return false;
    }
    return true;
}

bool is_of_openldap(std::string_view cookie) {
    return cookie.starts_with("rid=");
}

}  // namespace

bool are_of_one_making(std::string_view cookie, std::string_view other) {
    return is_of_openldap(cookie) == is_of_openldap(other);
}

bool is_usable_cookie(std::string_view cookie) {
    if (!is_of_openldap(cookie)) return !cookie.empty();
    const std::size_t at = cookie.find("csn=");
    return at != cookie.npos && has_form(cookie.substr(at + 4), change_form.substr(0, change_form.find('x')));
}

std::vector<std::string_view> change_numbers(std::string_view cookie) {
    if (!is_of_openldap(cookie)) return {};
    constexpr std::string_view begin = ",csn=";
    const std::size_t at = cookie.find(begin);
    if (at == cookie.npos) return {};
    cookie.remove_prefix(at + begin.size());
    std::vector<std::string_view> all;
    for (;;) {
        if (!has_form(cookie, change_form)) return {};
        all.push_back(cookie.substr(0, change_form.size()));
        cookie.remove_prefix(change_form.size());
        if (cookie.empty() || cookie.front() == ',') return all;
        if (cookie.front() != ';') return {};
        cookie.remove_prefix(1);
    }
}

std::string_view writer_of(std::string_view change_number) {
    return change_number.size() == change_form.size() ? change_number.substr(writer_at, 3)
                                                      : std::string_view();
}

Result<std::string> write_sync_request(std::string_view cookie) {
    if (cookie.size() > wire::max_cookie) return fail(Errc::invalid, "a cookie of {} bytes", cookie.size());
    std::string fields, request;
    append(fields, tag_enumerated, {&mode_refresh_and_persist, 1});
    if (!cookie.empty()) append(fields, tag_octets, cookie);
    append(request, tag_sequence, fields);
    return request;
}

std::optional<SyncState> parse_sync_state(std::string_view value) {
    const auto fields = Ber(value).next(tag_sequence);
    if (!fields) return std::nullopt;
    Ber ber(*fields);
    const auto kind = ber.next(tag_enumerated);
    const auto uuid = ber.next(tag_octets);
    if (!kind || kind->size() != 1 || (*kind)[0] < 0 || (*kind)[0] > 3) return std::nullopt;
    if (!uuid || uuid->size() != wire::uuid_size) return std::nullopt;
    SyncState state{static_cast<SyncState::Kind>((*kind)[0]), *uuid, std::nullopt};
    bool none = false;
    if (!read_head(ber, state.cookie, none)) return std::nullopt;
    return state;
}

std::optional<SyncInfo> parse_sync_info(std::string_view value) {
    const auto choice = Ber(value).next();
    if (!choice) return std::nullopt;
    SyncInfo info;
    Ber ber(choice->bytes);
    switch (choice->tag) {
        case tag_new_cookie:
            if (choice->bytes.size() > wire::max_cookie) return std::nullopt;
            info.cookie = choice->bytes;
            return info;
        case tag_refresh_delete:
        case tag_refresh_present:
            info.kind = choice->tag == tag_refresh_delete ? SyncInfo::Kind::refresh_delete
                                                          : SyncInfo::Kind::refresh_present;
            if (!read_head(ber, info.cookie, info.is_refresh_done)) return std::nullopt;
            return info;
        case tag_id_set: {
            info.kind = SyncInfo::Kind::id_set;
            if (!read_head(ber, info.cookie, info.are_deleted)) return std::nullopt;
            const auto uuids = ber.next(tag_set);
            if (!uuids || !read_uuids(*uuids, info.uuids)) return std::nullopt;
            return info;
        }
        default:
            return std::nullopt;
    }
}

}  // namespace userd::ldap
