// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/bus_value.h"

#include <cerrno>
#include <cstring>

#include "ctl/sealed.h"

// Each step of sd-bus answers with a negative errno; the first one ends the function.
#define CHECK(expression)                        \
    do {                                         \
        const int userd_step_ = (expression);    \
        if (userd_step_ < 0) return userd_step_; \
    } while (false)

namespace userd::ctl {
namespace {

int append_text(sd_bus_message* m, const std::string& text) {
    CHECK(sd_bus_message_open_container(m, 'v', "s"));
    CHECK(sd_bus_message_append_basic(m, 's', text.c_str()));
    return sd_bus_message_close_container(m);
}

int append_number(sd_bus_message* m, std::string_view name, std::int64_t number) {
    if (name == "uid" || name == "gid")
        return sd_bus_message_append(m, "v", "u", static_cast<std::uint32_t>(number));
    if (name == "generation" || name == "seconds" || name == "within")
        return sd_bus_message_append(m, "v", "t", static_cast<std::uint64_t>(number));
    return sd_bus_message_append(m, "v", "x", number);
}

int append_list(sd_bus_message* m, const std::vector<std::string>& list) {
    CHECK(sd_bus_message_open_container(m, 'v', "as"));
    CHECK(sd_bus_message_open_container(m, 'a', "s"));
    for (const std::string& text : list) CHECK(sd_bus_message_append_basic(m, 's', text.c_str()));
    CHECK(sd_bus_message_close_container(m));
    return sd_bus_message_close_container(m);
}

int append_table(sd_bus_message* m, const std::map<std::string, std::string>& table) {
    CHECK(sd_bus_message_open_container(m, 'v', "a{ss}"));
    CHECK(sd_bus_message_open_container(m, 'a', "{ss}"));
    for (const auto& [key, text] : table) CHECK(sd_bus_message_append(m, "{ss}", key.c_str(), text.c_str()));
    CHECK(sd_bus_message_close_container(m));
    return sd_bus_message_close_container(m);
}

int append_value(sd_bus_message* m, std::string_view name, const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value))
        return sd_bus_message_append(m, "v", "b", static_cast<int>(*flag));
    if (const auto* number = std::get_if<std::int64_t>(&value)) return append_number(m, name, *number);
    if (const auto* text = std::get_if<std::string>(&value)) return append_text(m, *text);
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return append_list(m, *list);
    if (const auto* table = std::get_if<std::map<std::string, std::string>>(&value))
        return append_table(m, *table);
    return append_text(m, {});  // null clears
}

int read_strings(sd_bus_message* m, Value& value) {
    std::vector<std::string> list;
    CHECK(sd_bus_message_enter_container(m, 'a', "s"));
    const char* text = nullptr;
    for (int more = 0; (more = sd_bus_message_read_basic(m, 's', &text)) != 0;) {
        CHECK(more);
        list.emplace_back(text);
    }
    value = std::move(list);
    return sd_bus_message_exit_container(m);
}

int read_table(sd_bus_message* m, Value& value) {
    std::map<std::string, std::string> table;
    CHECK(sd_bus_message_enter_container(m, 'a', "{ss}"));
    const char *key = nullptr, *text = nullptr;
    for (int more = 0; (more = sd_bus_message_read(m, "{ss}", &key, &text)) != 0;) {
        CHECK(more);
        table.emplace(key, text);
    }
    value = std::move(table);
    return sd_bus_message_exit_container(m);
}

template <typename Wire>
int read_integer(sd_bus_message* m, char type, Value& value) {
    Wire wire{};
    CHECK(sd_bus_message_read_basic(m, type, &wire));
    value = static_cast<std::int64_t>(wire);
    return 0;
}

int read_basic(sd_bus_message* m, char type, Value& value) {
    switch (type) {
        case 'y':
            return read_integer<std::uint8_t>(m, type, value);
        case 'n':
            return read_integer<std::int16_t>(m, type, value);
        case 'q':
            return read_integer<std::uint16_t>(m, type, value);
        case 'i':
            return read_integer<std::int32_t>(m, type, value);
        case 'u':
            return read_integer<std::uint32_t>(m, type, value);
        case 'x':
            return read_integer<std::int64_t>(m, type, value);
        case 't':
            return read_integer<std::uint64_t>(m, type, value);
        case 'b': {
            int flag = 0;
            CHECK(sd_bus_message_read_basic(m, type, &flag));
            value = flag != 0;
            return 0;
        }
        case 's':
        case 'o':
        case 'g': {
            const char* text = nullptr;
            CHECK(sd_bus_message_read_basic(m, type, &text));
            value = std::string(text);
            return 0;
        }
        default:
            return -ENOTSUP;
    }
}

// One variant. What a newer daemon may send and we cannot show is skipped, not refused.
int read_value(sd_bus_message* m, Value& value) {
    const char* contents = nullptr;
    CHECK(sd_bus_message_peek_type(m, nullptr, &contents));
    const std::string type = contents;
    if (type != "as" && type != "a{ss}" && (type.size() != 1 || !std::strchr("ynqiuxtbsog", type[0])))
        return sd_bus_message_skip(m, "v");
    CHECK(sd_bus_message_enter_container(m, 'v', contents));
    CHECK(type == "as"      ? read_strings(m, value)
          : type == "a{ss}" ? read_table(m, value)
                            : read_basic(m, type[0], value));
    return sd_bus_message_exit_container(m);
}

}  // namespace

int append_secret(sd_bus_message* m, const Secret& secret) {
    const Fd fd = sealed_memfd(secret);
    if (!fd) return -errno;
    const int number = fd.get();
    return sd_bus_message_append_basic(m, 'h', &number);  // duplicated by sd-bus
}

int read_secret(sd_bus_message* m, Secret& secret, std::size_t most) {
    int fd = -1;
    CHECK(sd_bus_message_read_basic(m, 'h', &fd));  // owned by the message
    return read_memfd(fd, secret, most) ? 0 : -errno;
}

int append_fields(sd_bus_message* m, const Fields& fields) {
    CHECK(sd_bus_message_open_container(m, 'a', "{sv}"));
    for (const auto& [name, value] : fields) {
        CHECK(sd_bus_message_open_container(m, 'e', "sv"));
        CHECK(sd_bus_message_append_basic(m, 's', name.c_str()));
        CHECK(append_value(m, name, value));
        CHECK(sd_bus_message_close_container(m));
    }
    return sd_bus_message_close_container(m);
}

int append_secrets(sd_bus_message* m, const Secrets& secrets) {
    CHECK(sd_bus_message_open_container(m, 'a', "{sv}"));
    for (const auto& [name, secret] : secrets.files) {
        CHECK(sd_bus_message_open_container(m, 'e', "sv"));
        CHECK(sd_bus_message_append_basic(m, 's', name.c_str()));
        CHECK(sd_bus_message_open_container(m, 'v', "h"));
        CHECK(append_secret(m, secret));
        CHECK(sd_bus_message_close_container(m));
        CHECK(sd_bus_message_close_container(m));
    }
    if (secrets.generate) CHECK(sd_bus_message_append(m, "{sv}", "generate", "b", 1));
    return sd_bus_message_close_container(m);
}

int read_fields(sd_bus_message* m, Fields& fields) {
    CHECK(sd_bus_message_enter_container(m, 'a', "{sv}"));
    for (int more = 0; (more = sd_bus_message_enter_container(m, 'e', "sv")) != 0;) {
        CHECK(more);
        const char* name = nullptr;
        CHECK(sd_bus_message_read_basic(m, 's', &name));
        CHECK(read_value(m, fields[name]));
        CHECK(sd_bus_message_exit_container(m));
    }
    return sd_bus_message_exit_container(m);
}

int read_rows(sd_bus_message* m, std::vector<Fields>& rows) {
    CHECK(sd_bus_message_enter_container(m, 'a', "a{sv}"));
    for (int done = 0; (done = sd_bus_message_at_end(m, 0)) == 0;) {
        Fields fields;
        CHECK(read_fields(m, fields));
        rows.push_back(std::move(fields));
    }
    return sd_bus_message_exit_container(m);
}

int read_disclosed(sd_bus_message* m, Disclosed& disclosed) {
    CHECK(sd_bus_message_enter_container(m, 'a', "{sv}"));
    for (int more = 0; (more = sd_bus_message_enter_container(m, 'e', "sv")) != 0;) {
        CHECK(more);
        const char *name = nullptr, *contents = nullptr;
        CHECK(sd_bus_message_read_basic(m, 's', &name));
        CHECK(sd_bus_message_peek_type(m, nullptr, &contents));
        if (std::strcmp(contents, "h") == 0) {
            CHECK(sd_bus_message_enter_container(m, 'v', "h"));
            CHECK(read_secret(m, disclosed.secrets[name]));
            CHECK(sd_bus_message_exit_container(m));
        } else {
            CHECK(read_value(m, disclosed.plain[name]));
        }
        CHECK(sd_bus_message_exit_container(m));
    }
    return sd_bus_message_exit_container(m);
}

}  // namespace userd::ctl
