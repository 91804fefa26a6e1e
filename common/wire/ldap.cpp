// SPDX-License-Identifier: LGPL-2.1-or-later
// Each message is described once, by `carry`, and the same description writes and reads it: what one side
// refuses to send, the other refuses to take. An empty text or list is left out of the frame.
#include "common/wire/ldap.h"

#include "common/wire/text.h"

namespace userd::wire {
namespace {

constexpr std::size_t value_header_size = 4;  // length
constexpr std::size_t max_word = 64;          // step, reason, version

// The value at the start of `rest`, which moves behind it; none when there are too few bytes.
std::optional<std::string_view> take(std::string_view& rest) {
    if (rest.size() < value_header_size) return std::nullopt;
    const auto length = load_number<std::uint32_t>(rest.data());
    if (length > rest.size() - value_header_size) return std::nullopt;
    const std::string_view value(rest.data() + value_header_size, length);
    rest.remove_prefix(value_header_size + length);
    return value;
}

using Check = bool (*)(std::string_view value);

bool is_uuid(std::string_view value) {
    return value.size() == uuid_size;
}
bool is_line(std::string_view value) {
    return !value.empty() && fits(value, max_ldap_value) &&
           memchr(value.data(), '\n', value.size()) == nullptr;
}
bool is_member(std::string_view value) {
    return !value.empty() && fits(value, max_dn);
}
bool is_item(std::string_view value) {
    if (value.size() < 2) return false;
    const Kind kind{static_cast<std::uint8_t>(value[1])};
    return kind == Kind::ldap_entry || kind == Kind::ldap_members || kind == Kind::ldap_present ||
           kind == Kind::ldap_gone || kind == Kind::ldap_refused || kind == Kind::ldap_totp;
}

bool all_hold(Values values, Check check, std::size_t most) {
    std::size_t count = 0;
    while (const auto value = values.next())
        if (++count > most || !check(*value)) return false;
    return true;
}

// A word of our own: what else it may mean is settled by who reads it.
bool is_word(std::string_view text) {
    if (text.empty() || text.size() > max_word) return false;
    for (const char c : text)
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') return false;
    return true;
}

class Writer {
 public:
    explicit Writer(FrameWriter& frame) : frame_(frame) {}

    bool bytes(std::uint8_t tag, std::string_view value, std::size_t longest, std::size_t shortest = 0) {
        if (value.size() < shortest || value.size() > longest) return false;
        if (!value.empty()) frame_.put(tag, value);
        return true;
    }
    bool text(std::uint8_t tag, std::string_view value, std::size_t longest, std::size_t shortest = 0) {
        return fits(value, longest) && bytes(tag, value, longest, shortest);
    }
    bool word(std::uint8_t tag, std::string_view value) {
        return is_word(value) && bytes(tag, value, max_word);
    }
    bool values(std::uint8_t tag, Values value, Check check, std::size_t most = SIZE_MAX) {
        return all_hold(value, check, most) && bytes(tag, value.bytes(), max_ldap_frame);
    }
    template <typename T>
    bool number(std::uint8_t tag, T value) {
        frame_.put_number(tag, value);
        return true;
    }
    bool end(std::uint8_t tag, std::uint64_t seconds) {
        return seconds <= max_ldap_end && (seconds == 0 || number(tag, seconds));
    }
    bool flag(std::uint8_t tag, bool value) { return number(tag, static_cast<std::uint8_t>(value)); }
    bool mark(std::uint8_t tag, bool value) { return !value || flag(tag, value); }
    template <typename T>
    bool one_of(std::uint8_t tag, T value, T last) {
        return value >= T{1} && value <= last && number(tag, static_cast<std::uint8_t>(value));
    }

 private:
    FrameWriter& frame_;
};

class Reader {
 public:
    explicit Reader(const Frame& frame) : frame_(frame) {}

    bool bytes(std::uint8_t tag, std::string_view& value, std::size_t longest, std::size_t shortest = 0) {
        value = frame_.find(tag).value_or(std::string_view());
        return value.size() >= shortest && value.size() <= longest;
    }
    bool text(std::uint8_t tag, std::string_view& value, std::size_t longest, std::size_t shortest = 0) {
        return bytes(tag, value, longest, shortest) && fits(value, longest);
    }
    bool word(std::uint8_t tag, std::string_view& value) {
        return bytes(tag, value, max_word) && is_word(value);
    }
    bool values(std::uint8_t tag, Values& value, Check check, std::size_t most = SIZE_MAX) {
        const auto found = Values::parse(frame_.find(tag).value_or(std::string_view()), max_ldap_frame);
        if (!found || !all_hold(*found, check, most)) return false;
        value = *found;
        return true;
    }
    template <typename T>
    bool number(std::uint8_t tag, T& value) {
        const auto found = frame_.number<T>(tag);
        if (found) value = *found;
        return found.has_value();
    }
    bool end(std::uint8_t tag, std::uint64_t& seconds) {
        return !frame_.find(tag) || (number(tag, seconds) && seconds != 0 && seconds <= max_ldap_end);
    }
    bool flag(std::uint8_t tag, bool& value) {
        std::uint8_t bit = 0;
        if (!number(tag, bit) || bit > 1) return false;
        value = bit == 1;
        return true;
    }
    // Left out when it is not so: frames that are kept may be older than it.
    bool mark(std::uint8_t tag, bool& value) {
        value = false;
        return !frame_.find(tag) || flag(tag, value);
    }
    template <typename T>
    bool one_of(std::uint8_t tag, T& value, T last) {
        std::uint8_t code = 0;
        if (!number(tag, code)) return false;
        value = T{code};
        return value >= T{1} && value <= last;
    }

 private:
    const Frame& frame_;
};

template <typename Io>
bool carry(Io& io, LdapBegin& m) {
    return io.text(1, m.source, max_source, 1) && io.bytes(2, m.cookie, max_cookie) &&
           io.bytes(3, m.tie, max_cookie) && io.flag(4, m.whole);
}

// An empty DN or password would make the bind an anonymous one, which every server answers with success.
template <typename Io>
bool carry(Io& io, LdapBind& m) {
    return io.number(1, m.number) && io.text(2, m.source, max_source, 1) && io.text(3, m.dn, max_dn, 1) &&
           io.text(4, m.password, max_password, 1);
}

template <typename Io>
bool carry(Io& io, LdapModifyPassword& m) {
    return io.number(1, m.number) && io.text(2, m.source, max_source, 1) && io.text(3, m.dn, max_dn, 1) &&
           io.text(4, m.old_password, max_password, 1) && io.text(5, m.new_password, max_password, 1);
}

template <typename Io>
bool carry(Io& io, LdapTest& m) {
    return io.number(1, m.number) && io.text(2, m.source, max_source, 1) && io.text(3, m.user, max_ldap_text);
}

template <typename Io>
bool carry(Io& io, LdapHello& m) {
    return io.text(1, m.version, max_word, 1);
}

template <typename Io>
bool carry(Io& io, LdapStatus& m) {
    return io.text(1, m.source, max_source, 1) && io.one_of(2, m.phase, LdapPhase::failed) &&
           io.text(3, m.server, max_ldap_text) && io.text(4, m.problem, max_ldap_text) &&
           io.text(5, m.hint, max_ldap_text);
}

template <typename Io>
bool carry(Io& io, LdapRefresh& m) {
    return io.text(1, m.source, max_source, 1) && io.bytes(2, m.tie, max_cookie) && io.flag(3, m.whole);
}

template <typename Io>
bool carry(Io& io, LdapBatch& m) {
    return io.text(1, m.source, max_source, 1) && io.values(2, m.items, is_item);
}

template <typename Io>
bool carry(Io& io, LdapPoint& m) {
    return io.text(1, m.source, max_source, 1) && io.bytes(2, m.cookie, max_cookie) &&
           io.one_of(3, m.kind, LdapPointKind::refreshed_rest);
}

template <typename Io>
bool carry(Io& io, LdapEntry& m) {
    constexpr auto longest = max_ldap_value;
    if (!io.bytes(1, m.uuid, uuid_size, uuid_size) || !io.flag(2, m.is_group) ||
        !io.text(3, m.dn, max_dn, 1) || !io.text(4, m.name, longest, 1) || !io.number(5, m.number))
        return false;
    if (m.is_group) return io.text(15, m.description, longest);
    return io.number(6, m.gid) && io.flag(7, m.is_disabled) && io.text(8, m.first_name, longest) &&
           io.text(9, m.last_name, longest) && io.text(10, m.display_name, longest) &&
           io.text(11, m.email, longest) && io.text(12, m.phone, longest) && io.text(13, m.shell, longest) &&
           io.text(14, m.home, longest) && io.values(16, m.ssh_keys, is_line) && io.end(17, m.ends_at) &&
           io.mark(18, m.has_totp);
}

template <typename Io>
bool carry(Io& io, LdapMembers& m) {
    return io.bytes(1, m.uuid, uuid_size, uuid_size) && io.flag(2, m.by_name) &&
           io.values(3, m.members, is_member, max_members) && io.flag(4, m.last);
}

template <typename Io>
bool carry(Io& io, LdapTotp& m) {
    return io.bytes(1, m.uuid, uuid_size, uuid_size) &&
           io.bytes(2, m.secret, max_totp_secret, min_totp_secret);
}

template <typename Io>
bool carry(Io& io, LdapPresent& m) {
    return io.values(1, m.uuids, is_uuid);
}

template <typename Io>
bool carry(Io& io, LdapGone& m) {
    return io.values(1, m.uuids, is_uuid);
}

template <typename Io>
bool carry(Io& io, LdapRefused& m) {
    return io.bytes(1, m.uuid, uuid_size, uuid_size) && io.text(2, m.dn, max_dn, 1) && io.word(3, m.reason) &&
           io.text(4, m.detail, max_ldap_text);
}

template <typename Io>
bool carry(Io& io, LdapVerdict& m) {
    return io.number(1, m.number) && io.one_of(2, m.answer, LdapAnswer::unreachable) &&
           io.text(3, m.text, max_ldap_text) && io.number(4, m.expires_in) && io.number(5, m.grace_logins);
}

template <typename Io>
bool carry(Io& io, LdapTestStep& m) {
    return io.number(1, m.number) && io.word(2, m.step) && io.flag(3, m.is_good) &&
           io.text(4, m.text, max_ldap_text) && io.text(5, m.hint, max_ldap_text) && io.flag(6, m.last);
}

constexpr std::size_t longest_frame(Kind kind) {
    return kind == Kind::ldap_entry ? max_entry : max_ldap_frame;
}

template <typename Message>
std::size_t write(std::span<char> out, Kind kind, Message message) {
    FrameWriter frame(out, kind);
    Writer writer(frame);
    return carry(writer, message) && frame.size() <= longest_frame(kind) ? frame.size() : 0;
}

template <typename Message>
std::optional<Message> read(std::string_view bytes, Kind kind) {
    if (bytes.size() > longest_frame(kind)) return std::nullopt;
    const auto frame = Frame::parse(bytes);
    if (!frame || frame->kind() != kind) return std::nullopt;
    Message message;
    Reader reader(*frame);
    if (!carry(reader, message)) return std::nullopt;
    return message;
}

}  // namespace

std::optional<Values> Values::parse(std::string_view bytes, std::size_t longest) {
    for (auto rest = bytes; !rest.empty();) {
        const auto value = take(rest);
        if (!value || value->size() > longest) return std::nullopt;
    }
    return Values(bytes);
}

std::optional<std::string_view> Values::next() {
    return take(rest_);
}

bool ValuesWriter::put(std::string_view value) {
    const std::size_t left = buffer_.size() - used_;
    if (value.size() > UINT32_MAX || left < value_header_size || value.size() > left - value_header_size)
        return false;
    char* at = buffer_.data() + used_;
    store_number(at, static_cast<std::uint32_t>(value.size()));
    if (!value.empty()) memcpy(at + value_header_size, value.data(), value.size());
    used_ += value_header_size + value.size();
    return true;
}

std::size_t encode(std::span<char> out, const LdapBegin& m) {
    return write(out, Kind::ldap_begin, m);
}
std::size_t encode(std::span<char> out, const LdapBind& m) {
    return write(out, Kind::ldap_bind, m);
}
std::size_t encode(std::span<char> out, const LdapModifyPassword& m) {
    return write(out, Kind::ldap_modify_password, m);
}
std::size_t encode(std::span<char> out, const LdapTest& m) {
    return write(out, Kind::ldap_test, m);
}
std::size_t encode(std::span<char> out, const LdapHello& m) {
    return write(out, Kind::ldap_hello, m);
}
std::size_t encode(std::span<char> out, const LdapStatus& m) {
    return write(out, Kind::ldap_status, m);
}
std::size_t encode(std::span<char> out, const LdapRefresh& m) {
    return write(out, Kind::ldap_refresh, m);
}
std::size_t encode(std::span<char> out, const LdapBatch& m) {
    return write(out, Kind::ldap_batch, m);
}
std::size_t encode(std::span<char> out, const LdapPoint& m) {
    return write(out, Kind::ldap_point, m);
}
std::size_t encode(std::span<char> out, const LdapEntry& m) {
    return write(out, Kind::ldap_entry, m);
}
std::size_t encode(std::span<char> out, const LdapMembers& m) {
    return write(out, Kind::ldap_members, m);
}
std::size_t encode(std::span<char> out, const LdapTotp& m) {
    return write(out, Kind::ldap_totp, m);
}
std::size_t encode(std::span<char> out, const LdapPresent& m) {
    return write(out, Kind::ldap_present, m);
}
std::size_t encode(std::span<char> out, const LdapGone& m) {
    return write(out, Kind::ldap_gone, m);
}
std::size_t encode(std::span<char> out, const LdapRefused& m) {
    return write(out, Kind::ldap_refused, m);
}
std::size_t encode(std::span<char> out, const LdapVerdict& m) {
    return write(out, Kind::ldap_verdict, m);
}
std::size_t encode(std::span<char> out, const LdapTestStep& m) {
    return write(out, Kind::ldap_test_step, m);
}

std::optional<LdapBegin> decode_ldap_begin(std::string_view frame) {
    return read<LdapBegin>(frame, Kind::ldap_begin);
}
std::optional<LdapBind> decode_ldap_bind(std::string_view frame) {
    return read<LdapBind>(frame, Kind::ldap_bind);
}
std::optional<LdapModifyPassword> decode_ldap_modify_password(std::string_view frame) {
    return read<LdapModifyPassword>(frame, Kind::ldap_modify_password);
}
std::optional<LdapTest> decode_ldap_test(std::string_view frame) {
    return read<LdapTest>(frame, Kind::ldap_test);
}
std::optional<LdapHello> decode_ldap_hello(std::string_view frame) {
    return read<LdapHello>(frame, Kind::ldap_hello);
}
std::optional<LdapStatus> decode_ldap_status(std::string_view frame) {
    return read<LdapStatus>(frame, Kind::ldap_status);
}
std::optional<LdapRefresh> decode_ldap_refresh(std::string_view frame) {
    return read<LdapRefresh>(frame, Kind::ldap_refresh);
}
std::optional<LdapBatch> decode_ldap_batch(std::string_view frame) {
    return read<LdapBatch>(frame, Kind::ldap_batch);
}
std::optional<LdapPoint> decode_ldap_point(std::string_view frame) {
    return read<LdapPoint>(frame, Kind::ldap_point);
}
std::optional<LdapEntry> decode_ldap_entry(std::string_view frame) {
    return read<LdapEntry>(frame, Kind::ldap_entry);
}
std::optional<LdapMembers> decode_ldap_members(std::string_view frame) {
    return read<LdapMembers>(frame, Kind::ldap_members);
}
std::optional<LdapTotp> decode_ldap_totp(std::string_view frame) {
    return read<LdapTotp>(frame, Kind::ldap_totp);
}
std::optional<LdapPresent> decode_ldap_present(std::string_view frame) {
    return read<LdapPresent>(frame, Kind::ldap_present);
}
std::optional<LdapGone> decode_ldap_gone(std::string_view frame) {
    return read<LdapGone>(frame, Kind::ldap_gone);
}
std::optional<LdapRefused> decode_ldap_refused(std::string_view frame) {
    return read<LdapRefused>(frame, Kind::ldap_refused);
}
std::optional<LdapVerdict> decode_ldap_verdict(std::string_view frame) {
    return read<LdapVerdict>(frame, Kind::ldap_verdict);
}
std::optional<LdapTestStep> decode_ldap_test_step(std::string_view frame) {
    return read<LdapTestStep>(frame, Kind::ldap_test_step);
}

}  // namespace userd::wire
