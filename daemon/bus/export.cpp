// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/export.h"

#include "daemon/bulk/export.h"
#include "daemon/bus/pipe.h"
#include "daemon/bus/record.h"

namespace userd::bus {

Result<void> ExportObject::export_all(Call& call) {
    auto pipe = TRY(call.read_fd());
    const auto options = TRY(call.read_options({"format", "set", "base", "schema", "pin_ids"}));
    ExportRequest request;
    request.store_path = core_.store_path;
    request.config = core_.config();
    request.now = core_.directory.now();
    request.set = TRY(optional_text(options, "set"));
    request.base = TRY(optional_text(options, "base"));
    request.schema = TRY(optional_text(options, "schema"));
    request.pin_ids = TRY(optional_flag(options, "pin_ids")).value_or(false);
    const auto format = TRY(optional_text(options, "format"));
    auto source = TRY(open_export(format, std::move(request)));
    write_pipe(
        core_.loop, core_.long_jobs, std::move(pipe), std::move(source),
        [call](const Result<void>& written) mutable { call.finish(written ? call.reply() : written); });
    return {};
}

}  // namespace userd::bus
