// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/wire/keys.h"

#include "common/wire/login.h"
#include "common/wire/text.h"

namespace userd::wire {
namespace {

enum Tag : std::uint8_t { user = 1, service, lines, more };

bool holds(const KeysRequest& request) {
    return !request.user.empty() && fits(request.user, max_name) && fits(request.service, max_name);
}

}  // namespace

std::size_t encode(std::span<char> out, const KeysRequest& request) {
    if (!holds(request)) return 0;
    FrameWriter writer(out, Kind::keys_request);
    writer.put(Tag::user, request.user);
    if (!request.service.empty()) writer.put(Tag::service, request.service);
    return writer.size();
}

std::size_t encode(std::span<char> out, const KeysReply& reply) {
    if (!fits(reply.lines, max_keys_text)) return 0;
    FrameWriter writer(out, Kind::keys_reply);
    writer.put(Tag::lines, reply.lines);
    writer.put_number(Tag::more, static_cast<std::uint8_t>(reply.more));
    return writer.size();
}

std::optional<KeysRequest> decode_keys_request(std::string_view bytes) {
    const auto frame = Frame::parse(bytes);
    if (!frame || frame->kind() != Kind::keys_request) return std::nullopt;
    const KeysRequest request{frame->find(Tag::user).value_or(""), frame->find(Tag::service).value_or("")};
    if (!holds(request)) return std::nullopt;
    return request;
}

std::optional<KeysReply> decode_keys_reply(std::string_view bytes) {
    const auto frame = Frame::parse(bytes);
    if (!frame || frame->kind() != Kind::keys_reply) return std::nullopt;
    const auto lines = frame->find(Tag::lines);
    const auto more = frame->number<std::uint8_t>(Tag::more);
    if (!lines || !fits(*lines, max_keys_text) || !more || *more > 1) return std::nullopt;
    return KeysReply{*lines, *more == 1};
}

}  // namespace userd::wire
