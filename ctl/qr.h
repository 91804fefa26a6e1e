// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace userd::ctl {

enum class QrForm { none, ascii, utf8 };

// The best form for a terminal `columns` wide, for `choice` = auto, utf8, ascii or none: half blocks where
// the locale is UTF-8, none where the code does not fit.
QrForm qr_form(std::string_view choice, unsigned columns, bool utf8_locale, std::string_view text);
// The QR code of `text`, with its quiet zone: light modules are drawn, as on a dark terminal; `colours` sets
// black on white explicitly, so that it is right on any. Empty when it cannot be made.
std::string qr_code(std::string_view text, QrForm form, bool colours);

}  // namespace userd::ctl
