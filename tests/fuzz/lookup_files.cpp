// SPDX-License-Identifier: LGPL-2.1-or-later
// Files of the host that lookups go by, of any bytes: a line that is wrong is right once its remedy is in
// force.
#include <cstdint>
#include <cstdlib>

#include "ctl/doctor/local_groups.h"
#include "ctl/doctor/nscd_conf.h"
#include "ctl/doctor/nsswitch.h"

using namespace userd::ctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const NssSwitch file = parse_nsswitch(text);
    for (const char* database : {"passwd", "group"}) {
        const Diagnosis found = judge_nss_line(file, database);
        const std::size_t start = found.remedy.find(".*/"), end = found.remedy.rfind("/' ");
        if (found.state != Diagnosis::State::wrong || start == std::string::npos || end == std::string::npos)
            continue;
        const std::string line = found.remedy.substr(start + 3, end - start - 3);
        if (judge_nss_line(parse_nsswitch(line), database).state != Diagnosis::State::right) std::abort();
    }
    (void)judge_initgroups(file);
    (void)caches_accounts(text);
    (void)judge_local_groups({"sudo"}, text, text);
    return 0;
}
