// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever arrives on the login, keys and homes sockets. What can be read must be within the limits, and
// writing it again must give a frame that reads the same: then the checks of both sides agree.
#include <stdlib.h>

#include <array>
#include <vector>

#include "common/wire/homes.h"
#include "common/wire/keys.h"
#include "common/wire/login.h"

using namespace userd::wire;

namespace {

void must(bool holds) {
    if (!holds) abort();
}

template <typename Message, typename Decode>
void rewrite(const Message& message, Decode decode) {
    std::array<char, max_frame> buffer;
    const std::size_t size = encode(std::span<char>(buffer), message);
    must(size > 0 && decode(std::string_view(buffer.data(), size)).has_value());
}

void read_steps(const Steps& head) {
    std::vector<Step> steps;
    for (const Step& step : head.list) steps.push_back(step);
    must(!steps.empty() && steps.size() <= max_steps);
    std::array<char, max_frame> buffer;
    const std::size_t size = encode(buffer, head, steps);
    must(size > 0);
    const auto again = decode_steps({buffer.data(), size});
    must(again && again->dialogue == head.dialogue && again->turn == head.turn && again->token == head.token);
    std::size_t i = 0;
    for (const Step& step : again->list) {
        must(step.kind == steps[i].kind && step.asks == steps[i].asks && step.verdict == steps[i].verdict &&
             step.text == steps[i].text);
        ++i;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto start = decode_start(bytes)) rewrite(*start, decode_start);
    if (const auto answer = decode_answer(bytes)) rewrite(*answer, decode_answer);
    if (const auto steps = decode_steps(bytes)) read_steps(*steps);
    if (const auto request = decode_keys_request(bytes)) rewrite(*request, decode_keys_request);
    if (const auto reply = decode_keys_reply(bytes)) rewrite(*reply, decode_keys_reply);
    if (const auto errand = decode_errand(bytes)) rewrite(*errand, decode_errand);
    if (const auto word = decode_word(bytes)) rewrite(*word, decode_word);
    return 0;
}
