// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/export.h"

#include "common/base/text.h"

namespace userd {

const std::vector<ExportFormat>& export_formats() {
    static const std::vector<ExportFormat> formats = {
        {"json", export_json, true},
        {"csv", export_csv, true},
        {"ldif", export_ldif, false},
        {"yaml", export_yaml, false},
    };
    return formats;
}

Result<std::unique_ptr<ByteSource>> open_export(std::string_view format, ExportRequest request) {
    std::string known;
    for (const auto& row : export_formats()) {
        request.mirrored = row.mirrored;
        if (row.name == format) return row.open(std::move(request));
        known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
    }
    return fail(Error{Errc::invalid,
                      fmt::format("the format cannot be \"{}\"", escaped(format.substr(0, 64))),
                      fmt::format("one of {}", known), "format"});
}

}  // namespace userd
