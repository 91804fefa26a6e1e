// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/qr/qr_code.h"

#include <string.h>

namespace userd {
namespace {

constexpr int quiet = 2;  // the standard asks for 4, phones need 2, and terminals are small

}  // namespace

std::optional<QrCode> QrCode::of(std::string_view text) {
    Code code(QRcode_encodeData(static_cast<int>(text.size()),
                                reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_L));
    if (!code) return std::nullopt;
    return QrCode(std::move(code));
}

QrCode::~QrCode() {
    if (code_) explicit_bzero(code_->data, static_cast<std::size_t>(code_->width) * code_->width);
}

int QrCode::size() const {
    return code_->width + 2 * quiet;
}

// Outside of the code everything is light.
bool QrCode::is_dark(int row, int column) const {
    row -= quiet;
    column -= quiet;
    if (row < 0 || column < 0 || row >= code_->width || column >= code_->width) return false;
    return (code_->data[row * code_->width + column] & 1) != 0;
}

std::string QrCode::half_blocks(int row) const {
    std::string line;
    for (int column = 0; column < size(); ++column) {
        const bool upper = !is_dark(row, column), lower = row + 1 < size() && !is_dark(row + 1, column);
        line += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    return line;
}

}  // namespace userd
