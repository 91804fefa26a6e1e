// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

#include "ctl/client.h"
#include "ctl/connection.h"

// What the methods of Client are made of: the parts of a request, the shapes of a reply.
namespace userd::ctl {

inline constexpr const char* root_path = "/org/userd1";

inline int nothing(sd_bus_message*) {
    return 0;
}

// The parts of requests, in the order in which they stand in the message.
int put(sd_bus_message* m, std::uint64_t number);
int put(sd_bus_message* m, const Fd& fd);
int put(sd_bus_message* m, const Client::OpenPipe& open);
int put(sd_bus_message* m, const Fields& fields);
int put(sd_bus_message* m, const Secrets& secrets);
int put(sd_bus_message* m, const Secret& secret);
int put(sd_bus_message* m, std::string_view text);
int put(sd_bus_message* m, bool flag);
int put(sd_bus_message* m, const std::vector<std::string>& list);

// They must outlive what it gives: the call.
template <typename... Parts>
Fill parts(const Parts&... part) {
    return [&part...](sd_bus_message* m) {
        int step = 0;
        ((step = step < 0 ? step : put(m, part)), ...);
        return step;
    };
}

// A reply of that shape; the problem when it has another.
Problem garbled(const char* member, int error);
Answer<Fields> fields_of(const char* member, Answer<Message> reply);
Answer<std::vector<Fields>> rows_of(const char* member, Answer<Message> reply);
Answer<Page> page_of(const char* member, Answer<Message> reply);
Answer<Found> found_of(const char* member, Answer<Message> reply);
Answer<Change> change_of(const char* member, Answer<Message> reply);
Answer<Disclosed> disclosed_of(const char* member, Answer<Message> reply);
Answer<bool> flag_of(const char* member, Answer<Message> reply);
Answer<Secret> secret_of(const char* member, Answer<Message> reply);

}  // namespace userd::ctl
