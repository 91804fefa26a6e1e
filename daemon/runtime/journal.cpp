// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/journal.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "common/base/text.h"

namespace userd::journal {
namespace {

std::atomic<int> max_level{LOG_INFO};

// JOURNAL_STREAM names device and inode of the stream that the service manager gave us (systemd.exec(5)).
bool stderr_is_journal() {
    static const bool answer = [] {
        const char* stream = std::getenv("JOURNAL_STREAM");
        struct stat status {};
        if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
        return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
    }();
    return answer;
}

}  // namespace

void set_level(int level) {
    max_level = level;
}
int level() {
    return max_level;
}

void write(int priority, std::string_view message, std::initializer_list<Field> fields) {
    if (priority > max_level) return;
    if (stderr_is_journal()) {
        std::vector<std::string> lines;
        lines.push_back(fmt::format("MESSAGE={}", message));
        lines.push_back(fmt::format("PRIORITY={}", priority));
        for (const auto& [name, value] : fields) lines.push_back(fmt::format("{}={}", name, value));
        std::vector<iovec> parts;
        for (auto& line : lines) parts.push_back({line.data(), line.size()});
        if (sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0) return;
    }
    std::string line = fmt::format("<{}>{}", priority, escaped(message));
    for (const auto& [name, value] : fields) line += fmt::format(" {}={}", name, escaped(value));
    line += '\n';
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace userd::journal
