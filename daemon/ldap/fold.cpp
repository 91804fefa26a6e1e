// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/fold.h"

namespace userd {
namespace {

// Letters of two bytes in UTF-8, which is where all letters with a case stand that names are written in.
unsigned lower(unsigned point) {
    const auto in = [&](unsigned first, unsigned last) { return point >= first && point <= last; };
    if ((in(0xC0, 0xDE) && point != 0xD7) || (in(0x391, 0x3AB) && point != 0x3A2) || in(0x410, 0x42F))
        return point + 0x20;
    if (in(0x400, 0x40F)) return point + 0x50;
    if (point == 0x178) return 0xFF;
    if (in(0x139, 0x148) || in(0x179, 0x17E)) return point % 2 == 1 ? point + 1 : point;
    if ((in(0x100, 0x137) && point != 0x130 && point != 0x131) || in(0x14A, 0x177) || in(0x460, 0x481) ||
        in(0x48A, 0x4BF) || in(0x4D0, 0x52F))
        return point | 1U;
    return point;
}

}  // namespace

void append_folded(std::string_view text, std::string& to) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool has_next =
            i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0U) == 0x80;
        if (byte < 0x80) {
            to += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : text[i];
        } else if ((byte & 0xE0U) == 0xC0 && has_next) {
            const unsigned point =
                lower((byte & 0x1FU) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3FU));
            to += static_cast<char>(0xC0U | point >> 6);
            to += static_cast<char>(0x80U | (point & 0x3FU));
        } else {
            to += text[i];
        }
    }
}

}  // namespace userd
