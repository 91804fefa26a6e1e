// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/qr.h"

#include "common/qr/qr_code.h"

namespace userd::ctl {
namespace {

std::string half_blocks(const QrCode& code, bool colours) {
    std::string result;
    for (int row = 0; row < code.size(); row += 2)
        result += (colours ? "\x1b[37;40;1m" : "") + code.half_blocks(row) + (colours ? "\x1b[0m\n" : "\n");
    return result;
}

std::string letters(const QrCode& code) {
    std::string result;
    for (int row = 0; row < code.size(); ++row) {
        for (int column = 0; column < code.size(); ++column)
            result += code.is_dark(row, column) ? "  " : "##";
        result += '\n';
    }
    return result;
}

}  // namespace

QrForm qr_form(std::string_view choice, unsigned columns, bool utf8_locale, std::string_view text) {
    if (choice == "utf8") return QrForm::utf8;
    if (choice == "ascii") return QrForm::ascii;
    const auto code = QrCode::of(text);
    if (choice == "none" || !code) return QrForm::none;
    const auto width = static_cast<unsigned>(code->size());
    if (utf8_locale && width <= columns) return QrForm::utf8;
    return 2 * width <= columns ? QrForm::ascii : QrForm::none;
}

std::string qr_code(std::string_view text, QrForm form, bool colours) {
    const auto code = QrCode::of(text);
    if (!code || form == QrForm::none) return {};
    return form == QrForm::utf8 ? half_blocks(*code, colours) : letters(*code);
}

}  // namespace userd::ctl
