// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/snapshot/local_groups.h"

namespace userd::snapshot {

void LocalGroups::feed(const char* text, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        const char c = text[i];
        if (c == '\n') {
            end_line();
            continue;
        }
        switch (in_) {
            case In::start:
                in_ = c == '#' || c == ':' ? In::skip : In::name;
                break;
            case In::name:
                if (c == ':') in_ = In::first_digit;
                break;
            case In::first_digit:
            case In::gid:
                gid_ = gid_ * 10 + static_cast<std::uint32_t>(c - '0');
                in_ = c >= '0' && c <= '9' && gid_ < 1000 ? In::gid : In::skip;
                break;
            case In::skip:
                break;
        }
    }
}

void LocalGroups::end_line() {
    if (in_ == In::gid && gid_ != 0) bits_[gid_ / 64] |= std::uint64_t{1} << (gid_ % 64);
    gid_ = 0;
    in_ = In::start;
}

}  // namespace userd::snapshot
