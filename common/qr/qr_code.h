// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <qrencode.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/base/handle.h"

namespace userd {

// A QR code (ISO/IEC 18004) with its quiet zone, in rows and columns of modules. What it says is wiped with
// it.
class QrCode {
 public:
    // None: the text is too long for any code, or there is no memory.
    static std::optional<QrCode> of(std::string_view text);
    ~QrCode();
    QrCode(QrCode&&) = default;
    QrCode& operator=(QrCode&&) = default;

    int size() const;  // modules of a side
    bool is_dark(int row, int column) const;
    // The rows `row` and `row` + 1 as one line of half blocks: light is drawn, as on a dark terminal.
    std::string half_blocks(int row) const;

 private:
    using Code = Handle<QRcode, QRcode_free>;
    explicit QrCode(Code code) : code_(std::move(code)) {}
    Code code_;
};

}  // namespace userd
