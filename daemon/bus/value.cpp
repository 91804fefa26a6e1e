// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/value.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

#include "common/base/text.h"

namespace userd::bus {
namespace {

constexpr std::size_t max_fields = 256;
constexpr std::size_t max_items = 10'000;

// The types that the reference page gives to numbers: ids are u, counters are t, times and the rest are x.
constexpr std::array<std::string_view, 2> id_names{"gid", "uid"};
constexpr std::array<std::string_view, 1> counter_names{"generation"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

int write_number(sd_bus_message* to, std::string_view name, std::int64_t value) {
    if (is_one_of(name, id_names))
        return sd_bus_message_append(to, "v", "u", static_cast<std::uint32_t>(value));
    if (is_one_of(name, counter_names))
        return sd_bus_message_append(to, "v", "t", static_cast<std::uint64_t>(value));
    return sd_bus_message_append(to, "v", "x", value);
}

int write_list(sd_bus_message* to, const std::vector<std::string>& list) {
    if (const int r = sd_bus_message_open_container(to, 'v', "as"); r < 0) return r;
    if (const int r = sd_bus_message_open_container(to, 'a', "s"); r < 0) return r;
    for (const auto& item : list)
        if (const int r = sd_bus_message_append(to, "s", item.c_str()); r < 0) return r;
    if (const int r = sd_bus_message_close_container(to); r < 0) return r;
    return sd_bus_message_close_container(to);
}

int write_table(sd_bus_message* to, const std::map<std::string, std::string>& table) {
    if (const int r = sd_bus_message_open_container(to, 'v', "a{ss}"); r < 0) return r;
    if (const int r = sd_bus_message_open_container(to, 'a', "{ss}"); r < 0) return r;
    for (const auto& [key, value] : table)
        if (const int r = sd_bus_message_append(to, "{ss}", key.c_str(), value.c_str()); r < 0) return r;
    if (const int r = sd_bus_message_close_container(to); r < 0) return r;
    return sd_bus_message_close_container(to);
}

struct VariantWriter {
    sd_bus_message* to;
    std::string_view name;
    int operator()(std::monostate) const { return -EINVAL; }  // left out before
    int operator()(bool flag) const { return sd_bus_message_append(to, "v", "b", static_cast<int>(flag)); }
    int operator()(std::int64_t number) const { return write_number(to, name, number); }
    int operator()(const std::string& text) const {
        return sd_bus_message_append(to, "v", "s", text.c_str());
    }
    int operator()(const std::vector<std::string>& list) const { return write_list(to, list); }
    int operator()(const std::map<std::string, std::string>& table) const { return write_table(to, table); }
};

int write_entry(sd_bus_message* to, const std::string& name, const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) return 0;
    if (const int r = sd_bus_message_open_container(to, 'e', "sv"); r < 0) return r;
    if (const int r = sd_bus_message_append(to, "s", name.c_str()); r < 0) return r;
    if (const int r = std::visit(VariantWriter{to, name}, value); r < 0) return r;
    return sd_bus_message_close_container(to);
}

Failure bad_message(int r) {
    return fail(Errc::invalid, "the message cannot be read: {}", std::strerror(-r));
}

template <typename T>
Result<T> read_basic(sd_bus_message* from, char type) {
    T value{};
    if (const int r = sd_bus_message_read_basic(from, type, &value); r < 0) return bad_message(r);
    return value;
}

Value number(std::int64_t value) {
    if (value == -1) return std::monostate{};
    return value;
}

Result<Value> read_list(sd_bus_message* from) {
    std::vector<std::string> list;
    if (const int r = sd_bus_message_enter_container(from, 'a', "s"); r < 0) return bad_message(r);
    const char* item = nullptr;
    int r = 0;
    while ((r = sd_bus_message_read_basic(from, 's', &item)) > 0) {
        if (list.size() == max_items) return fail(Errc::limits, "more than {} items in a list", max_items);
        list.emplace_back(item);
    }
    if (r < 0 || (r = sd_bus_message_exit_container(from)) < 0) return bad_message(r);
    return list;
}

Result<Value> read_table(sd_bus_message* from) {
    std::map<std::string, std::string> table;
    if (const int r = sd_bus_message_enter_container(from, 'a', "{ss}"); r < 0) return bad_message(r);
    const char* key = nullptr;
    const char* value = nullptr;
    int r = 0;
    while ((r = sd_bus_message_read(from, "{ss}", &key, &value)) > 0) {
        if (table.size() == max_fields) return fail(Errc::limits, "more than {} entries", max_fields);
        if (!table.emplace(key, value).second) return fail(Errc::invalid, "the key {} stands twice", key);
    }
    if (r < 0 || (r = sd_bus_message_exit_container(from)) < 0) return bad_message(r);
    return table;
}

Result<Value> read_value(sd_bus_message* from, std::string_view signature) {
    if (signature == "as") return read_list(from);
    if (signature == "a{ss}") return read_table(from);
    if (signature.size() != 1) return fail(Errc::invalid, "a value of type {} fits no field", signature);
    switch (signature[0]) {
        case 's':
            return TRY(read_basic<const char*>(from, 's'));
        case 'b':
            return TRY(read_basic<int>(from, 'b')) != 0;
        case 'y':
            return number(TRY(read_basic<std::uint8_t>(from, 'y')));
        case 'n':
            return number(TRY(read_basic<std::int16_t>(from, 'n')));
        case 'q':
            return number(TRY(read_basic<std::uint16_t>(from, 'q')));
        case 'i':
            return number(TRY(read_basic<std::int32_t>(from, 'i')));
        case 'u':
            return number(TRY(read_basic<std::uint32_t>(from, 'u')));
        case 'x':
            return number(TRY(read_basic<std::int64_t>(from, 'x')));
        case 't': {
            const auto value = TRY(read_basic<std::uint64_t>(from, 't'));
            if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                return fail(Errc::invalid, "{} is out of range", value);
            return number(static_cast<std::int64_t>(value));
        }
        default:
            return fail(Errc::invalid, "a value of type {} fits no field", signature);
    }
}

Result<Fd> read_fd(sd_bus_message* from) {
    const int borrowed = TRY(read_basic<int>(from, 'h'));  // the message keeps its own
    Fd own(fcntl(borrowed, F_DUPFD_CLOEXEC, 3));
    if (!own) return fail(Errc::limits, "keep a descriptor: {}", std::strerror(errno));
    return own;
}

// The variant of one entry, into `fields`.
Result<void> read_variant(sd_bus_message* from, const std::string& name, bool with_fds,
                          SecretFields& fields) {
    char type = 0;
    const char* signature = nullptr;
    if (const int r = sd_bus_message_peek_type(from, &type, &signature); r < 0) return bad_message(r);
    if (const int r = sd_bus_message_enter_container(from, 'v', signature); r < 0) return bad_message(r);
    if (with_fds && std::string_view(signature) == "h") {
        fields.fds.emplace(name, TRY(read_fd(from)));
    } else {
        auto value = read_value(from, signature);
        if (!value)
            return fail(std::move(value).error().field.empty()
                            ? Error{value.error().code,
                                    fmt::format("{}: {}", escaped(name), value.error().message),
                                    {},
                                    name}
                            : std::move(value).error());
        fields.plain.emplace(name, *std::move(value));
    }
    if (const int r = sd_bus_message_exit_container(from); r < 0) return bad_message(r);
    return {};
}

}  // namespace

int write(sd_bus_message* to, const ObjectPath& path) {
    return sd_bus_message_append(to, "o", path.text.c_str());
}
int write(sd_bus_message* to, const std::string& text) {
    return sd_bus_message_append(to, "s", text.c_str());
}
int write(sd_bus_message* to, bool flag) {
    return sd_bus_message_append(to, "b", static_cast<int>(flag));
}
int write(sd_bus_message* to, std::uint32_t id) {
    return sd_bus_message_append(to, "u", id);
}
int write(sd_bus_message* to, std::uint64_t count) {
    return sd_bus_message_append(to, "t", count);
}
int write(sd_bus_message* to, const std::vector<std::string>& list) {
    if (const int r = sd_bus_message_open_container(to, 'a', "s"); r < 0) return r;
    for (const auto& text : list)
        if (const int r = write(to, text); r < 0) return r;
    return sd_bus_message_close_container(to);
}
int write(sd_bus_message* to, const Fd& fd) {
    return sd_bus_message_append(to, "h", fd.get());
}

int write(sd_bus_message* to, const Fields& fields) {
    if (const int r = sd_bus_message_open_container(to, 'a', "{sv}"); r < 0) return r;
    for (const auto& [name, value] : fields)
        if (const int r = write_entry(to, name, value); r < 0) return r;
    return sd_bus_message_close_container(to);
}

int write(sd_bus_message* to, const std::vector<Fields>& rows) {
    if (const int r = sd_bus_message_open_container(to, 'a', "a{sv}"); r < 0) return r;
    for (const auto& row : rows)
        if (const int r = write(to, row); r < 0) return r;
    return sd_bus_message_close_container(to);
}

int write(sd_bus_message* to, const SecretFields& fields) {
    if (const int r = sd_bus_message_open_container(to, 'a', "{sv}"); r < 0) return r;
    for (const auto& [name, value] : fields.plain)
        if (const int r = write_entry(to, name, value); r < 0) return r;
    for (const auto& [name, fd] : fields.fds)
        if (const int r = sd_bus_message_append(to, "{sv}", name.c_str(), "h", fd.get()); r < 0) return r;
    return sd_bus_message_close_container(to);
}

int write(sd_bus_message* to, const std::map<std::string, Config::Shown>& shown) {
    if (const int r = sd_bus_message_open_container(to, 'a', "{s(ss)}"); r < 0) return r;
    for (const auto& [key, entry] : shown)
        if (const int r =
                sd_bus_message_append(to, "{s(ss)}", key.c_str(), entry.value.c_str(), entry.where.c_str());
            r < 0)
            return r;
    return sd_bus_message_close_container(to);
}

Result<SecretFields> read_fields(sd_bus_message* from, bool with_fds) {
    SecretFields fields;
    if (const int r = sd_bus_message_enter_container(from, 'a', "{sv}"); r < 0) return bad_message(r);
    int r = 0;
    while ((r = sd_bus_message_enter_container(from, 'e', "sv")) > 0) {
        const std::string name = TRY(read_basic<const char*>(from, 's'));
        if (fields.plain.size() + fields.fds.size() == max_fields)
            return fail(Errc::limits, "more than {} fields", max_fields);
        if (fields.plain.count(name) + fields.fds.count(name) > 0)
            return Failure(Error{Errc::invalid, fmt::format("{} stands twice", escaped(name)), {}, name});
        TRY(read_variant(from, name, with_fds, fields));
        if ((r = sd_bus_message_exit_container(from)) < 0) break;
    }
    if (r < 0 || (r = sd_bus_message_exit_container(from)) < 0) return bad_message(r);
    return fields;
}

Result<std::uint32_t> number_of_path(std::string_view path, std::string_view prefix) {
    const auto refused = [&] { return fail(Errc::invalid, "{} names no object", path); };
    if (path.substr(0, prefix.size()) != prefix || path.substr(prefix.size(), 2) != "/_") return refused();
    const auto digits = path.substr(prefix.size() + 2);
    const auto value = parse_number(digits);
    if (!value || *value >= 0x80000000U || digits[0] == '0') return refused();  // one path for one object
    return static_cast<std::uint32_t>(*value);
}

ObjectPath role_path(const std::string& name) {
    char* encoded = nullptr;
    if (sd_bus_path_encode(role_prefix, name.c_str(), &encoded) < 0) return {role_prefix};
    const std::unique_ptr<char, Freer<::free>> owner(encoded);
    return {encoded};
}

Result<std::string> role_of_path(std::string_view path) {
    char* decoded = nullptr;
    const std::string whole(path);
    if (sd_bus_path_decode(whole.c_str(), role_prefix, &decoded) <= 0 || decoded == nullptr)
        return fail(Errc::invalid, "{} names no role", path);
    const std::unique_ptr<char, Freer<::free>> owner(decoded);
    if (role_path(decoded).text != path) return fail(Errc::invalid, "{} names no role", path);
    return std::string(decoded);
}

ObjectPath user_path(std::uint32_t uid) {
    return {fmt::format("{}/_{}", user_prefix, uid)};
}
ObjectPath group_path(std::uint32_t gid) {
    return {fmt::format("{}/_{}", group_prefix, gid)};
}

}  // namespace userd::bus
