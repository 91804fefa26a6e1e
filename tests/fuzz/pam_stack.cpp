// SPDX-License-Identifier: LGPL-2.1-or-later
// A folder of one file that may include itself, of any bytes: it is read or refused, and each run through it
// ends having asked no module twice.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "ctl/doctor/pam_rules.h"

using namespace userd::ctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const PamFiles files = [&](const std::string& name) {
        return name.empty() ? std::nullopt : std::optional(text);
    };
    for (const char* type : {"auth", "account", "password", "session"}) {
        const auto stack = read_pam_stack(files, "login", type);
        if (!stack) continue;
        for (const char* word : {"success", "auth_err", "ignore"}) {
            const PamRun run = run_pam_stack(*stack, [&](const PamModule&) { return word; });
            const std::set<const PamModule*> once(run.asked.begin(), run.asked.end());
            if (once.size() != run.asked.size()) std::abort();
        }
        (void)judge_pam_stack(*stack, type, "");
        (void)judge_pam_session(*stack, "");
        (void)find_rival(*stack);
        (void)find_leftover(*stack);
    }
    return 0;
}
