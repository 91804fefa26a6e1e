// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/options.h"

#include <security/pam_ext.h>
#include <syslog.h>

#include <string_view>

namespace userd::pam {

FirstPass parse_options(pam_handle_t* pamh, int argc, const char** argv) {
    FirstPass first_pass = FirstPass::ask;
    for (int i = 0; i < argc; ++i) {
        const std::string_view option = argv[i];
        if (option == "try_first_pass")
            first_pass = FirstPass::try_it;
        else if (option == "use_first_pass" || option == "use_authtok")
            first_pass = FirstPass::use_only;
        else
            pam_syslog(pamh, LOG_ERR, "unknown option: %s", argv[i]);
    }
    return first_pass;
}

}  // namespace userd::pam
