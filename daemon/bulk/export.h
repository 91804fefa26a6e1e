// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/runtime/byte_source.h"
#include "daemon/runtime/clock.h"

namespace userd {

struct ExportRequest {
    std::string store_path;
    std::string set;           // only what this state file manages; empty: all
    std::string base, schema;  // LDIF: the entry below which all lies; rfc2307 or rfc2307bis
    bool pin_ids = false;      // YAML: with uid and gid
    Config config;
    Time now;
    bool mirrored = true;    // also what directory servers have; by `open_export`
    bool passwords = false;  // LDIF: with the hashes, for a directory server
};

// One form in which the directory is handed out: never with keys or codes, and with hashes only where
// `passwords` asks for them.
struct ExportFormat {
    std::string_view name;
    // Checks what the request says; the source opens the store at its first piece, on the worker.
    Result<std::unique_ptr<ByteSource>> (*open)(ExportRequest request);
    bool mirrored;  // tells of users and groups of directory servers too, with their `source`
};

const std::vector<ExportFormat>& export_formats();
// invalid (field format) for a form that does not exist.
Result<std::unique_ptr<ByteSource>> open_export(std::string_view format, ExportRequest request);

Result<std::unique_ptr<ByteSource>> export_csv(ExportRequest request);
Result<std::unique_ptr<ByteSource>> export_json(ExportRequest request);
Result<std::unique_ptr<ByteSource>> export_ldif(ExportRequest request);
Result<std::unique_ptr<ByteSource>> export_yaml(ExportRequest request);

}  // namespace userd
