// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/parts.h"

#include <cstring>

#include "ctl/bus_value.h"

namespace userd::ctl {

int put(sd_bus_message* m, std::uint64_t number) {
    return sd_bus_message_append(m, "t", number);
}
int put(sd_bus_message* m, const Fd& fd) {
    return sd_bus_message_append(m, "h", fd.get());
}
int put(sd_bus_message* m, const Client::OpenPipe& open) {
    const int end = open();
    return end < 0 ? end : sd_bus_message_append(m, "h", end);
}
int put(sd_bus_message* m, const Fields& fields) {
    return append_fields(m, fields);
}
int put(sd_bus_message* m, const Secrets& secrets) {
    return append_secrets(m, secrets);
}
int put(sd_bus_message* m, const Secret& secret) {
    return append_secret(m, secret);
}
int put(sd_bus_message* m, std::string_view text) {
    return sd_bus_message_append_basic(m, 's', std::string(text).c_str());
}
int put(sd_bus_message* m, bool flag) {
    return sd_bus_message_append(m, "b", static_cast<int>(flag));
}
int put(sd_bus_message* m, const std::vector<std::string>& list) {
    int step = sd_bus_message_open_container(m, 'a', "s");
    for (const std::string& text : list)
        if (step >= 0) step = sd_bus_message_append_basic(m, 's', text.c_str());
    return step < 0 ? step : sd_bus_message_close_container(m);
}

Problem garbled(const char* member, int error) {
    return problem(Exit::failed, "userd's answer to {} cannot be read: {}", member, std::strerror(-error))
        .with_hint("are userctl and userd of the same version?");
}

Answer<Fields> fields_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Fields fields;
    const int step = read_fields(message.get(), fields);
    if (step < 0) return refuse(garbled(member, step));
    return fields;
}

Answer<std::vector<Fields>> rows_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    std::vector<Fields> rows;
    const int step = read_rows(message.get(), rows);
    if (step < 0) return refuse(garbled(member, step));
    return rows;
}

Answer<Page> page_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Page page;
    int step = read_rows(message.get(), page.rows);
    if (step >= 0) step = sd_bus_message_read(message.get(), "t", &page.total);
    if (step < 0) return refuse(garbled(member, step));
    return page;
}

Answer<Found> found_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Found found;
    const char* path = nullptr;
    int step = sd_bus_message_read(message.get(), "o", &path);
    if (step >= 0) step = read_fields(message.get(), found.record);
    if (step < 0) return refuse(garbled(member, step));
    found.path = path;
    return found;
}

Answer<Change> change_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Change change;
    int flag = 0;
    int step = sd_bus_message_read(message.get(), "b", &flag);
    if (step >= 0) step = read_fields(message.get(), change.record);
    if (step < 0) return refuse(garbled(member, step));
    change.changed = flag != 0;
    return change;
}

Answer<Disclosed> disclosed_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Disclosed disclosed;
    const int step = read_disclosed(message.get(), disclosed);
    if (step < 0) return refuse(garbled(member, step));
    return disclosed;
}

Answer<bool> flag_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    int flag = 0;
    const int step = sd_bus_message_read(message.get(), "b", &flag);
    if (step < 0) return refuse(garbled(member, step));
    return flag != 0;
}

Answer<Secret> secret_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Secret secret;
    const int step = read_secret(message.get(), secret);
    if (step < 0) return refuse(garbled(member, step));
    return secret;
}

}  // namespace userd::ctl
