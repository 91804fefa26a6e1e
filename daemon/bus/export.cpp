// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/export.h"

#include "daemon/bus/pipe.h"
#include "daemon/bus/record.h"
#include "daemon/directory/archive.h"

namespace userd::bus {

Result<ExportRequest> ExportObject::request_of(const Fields& options) const {
    ExportRequest request;
    request.store_path = core_.store_path;
    request.config = core_.config();
    request.now = core_.directory.now();
    request.set = TRY(optional_text(options, "set"));
    request.base = TRY(optional_text(options, "base"));
    request.schema = TRY(optional_text(options, "schema"));
    return request;
}

Result<void> ExportObject::write(Call& call, Fd pipe, std::unique_ptr<ByteSource> source) {
    write_pipe(
        core_.loop, core_.long_jobs, std::move(pipe), std::move(source),
        [call](const Result<void>& written) mutable { call.finish(written ? call.reply() : written); });
    return {};
}

Result<void> ExportObject::export_all(Call& call) {
    auto pipe = TRY(call.read_fd());
    const auto options = TRY(call.read_options({"format", "set", "base", "schema", "pin_ids"}));
    auto request = TRY(request_of(options));
    request.pin_ids = TRY(optional_flag(options, "pin_ids")).value_or(false);
    const auto format = TRY(optional_text(options, "format"));
    auto source = TRY(open_export(format, std::move(request)));
    return write(call, std::move(pipe), std::move(source));
}

// Hashes leave as they do in a backup: by a descriptor of root's, never in a message; and the trail has it
// before the first of them is written.
Result<void> ExportObject::export_passwords(Call& call) {
    auto pipe = TRY(call.read_fd());
    const auto options = TRY(call.read_options({"set", "base", "schema"}));
    if (!call.caller().is_peer)
        return fail(Error{Errc::denied,
                          "hashes of passwords are handed out over the admin socket alone",
                          "userctl as root, on the host itself",
                          {}});
    if (core_.archive == nullptr) return fail(Errc::not_supported, "this userd keeps no store on a disk");
    auto request = TRY(request_of(options));
    request.passwords = true;
    const std::string set = request.set;
    auto source = TRY(open_export("ldif", std::move(request)));
    TRY(core_.archive->note_password_export(call.actor(), set));
    return write(call, std::move(pipe), std::move(source));
}

}  // namespace userd::bus
