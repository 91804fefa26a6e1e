// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/qr.h"

#include <qrencode.h>

#include "common/base/handle.h"

namespace userd::ctl {
namespace {

using Code = Handle<QRcode, QRcode_free>;
constexpr int quiet =
    2;  // modules of quiet zone; the standard asks for 4, phones need 2, and terminals are small

Code encode(std::string_view text) {
    return Code(QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_L));
}

// Outside of the code everything is light.
bool is_dark(const QRcode& code, int row, int column) {
    row -= quiet;
    column -= quiet;
    if (row < 0 || column < 0 || row >= code.width || column >= code.width) return false;
    return (code.data[row * code.width + column] & 1) != 0;
}

std::string half_blocks(const QRcode& code, bool colours) {
    const int size = code.width + 2 * quiet;
    std::string result;
    for (int row = 0; row < size; row += 2) {
        if (colours) result += "\x1b[37;40;1m";
        for (int column = 0; column < size; ++column) {
            const bool upper = !is_dark(code, row, column),
                       lower = row + 1 < size && !is_dark(code, row + 1, column);
            result += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
        }
        result += colours ? "\x1b[0m\n" : "\n";
    }
    return result;
}

std::string letters(const QRcode& code) {
    const int size = code.width + 2 * quiet;
    std::string result;
    for (int row = 0; row < size; ++row) {
        for (int column = 0; column < size; ++column) result += is_dark(code, row, column) ? "  " : "##";
        result += '\n';
    }
    return result;
}

}  // namespace

QrForm qr_form(std::string_view choice, unsigned columns, bool utf8_locale, std::string_view text) {
    if (choice == "utf8") return QrForm::utf8;
    if (choice == "ascii") return QrForm::ascii;
    const Code code = encode(text);
    if (choice == "none" || !code) return QrForm::none;
    const auto width = static_cast<unsigned>(code->width + 2 * quiet);
    if (utf8_locale && width <= columns) return QrForm::utf8;
    return 2 * width <= columns ? QrForm::ascii : QrForm::none;
}

std::string qr_code(std::string_view text, QrForm form, bool colours) {
    const Code code = encode(text);
    if (!code || form == QrForm::none) return {};
    return form == QrForm::utf8 ? half_blocks(*code, colours) : letters(*code);
}

}  // namespace userd::ctl
