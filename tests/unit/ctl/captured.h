// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "ctl/output.h"

namespace userd::ctl {

// An Output whose two streams can be read.
struct Captured {
    explicit Captured(OutputOptions options = {})
        : data(open_memstream(&data_text, &data_size)),
          notes(open_memstream(&notes_text, &notes_size)),
          out(std::move(options), data, notes) {}
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;
    ~Captured() {
        std::fclose(data);
        std::fclose(notes);
        std::free(data_text);
        std::free(notes_text);
    }
    std::string said() {
        std::fflush(data);
        return {data_text, data_size};
    }
    std::string noted() {
        std::fflush(notes);
        return {notes_text, notes_size};
    }

    char *data_text = nullptr, *notes_text = nullptr;
    std::size_t data_size = 0, notes_size = 0;
    std::FILE *data, *notes;
    Output out;
};

}  // namespace userd::ctl
