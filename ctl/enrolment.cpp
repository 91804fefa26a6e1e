// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/enrolment.h"

#include "ctl/target.h"
#include "ctl/time_text.h"

namespace userd::ctl {

std::string about_enrolment(const Fields& before, const Fields& after, std::int64_t now) {
    const auto until = number_of(after, "enrol_until");
    if (until <= now || until == number_of(before, "enrol_until")) return {};
    const auto opened = number_of(after, "enrolments_opened");
    return fmt::format(" Enrolment is open{} until {}.",
                       opened == 0 ? "" : fmt::format(" for {} of them", opened), rfc3339(until));
}

}  // namespace userd::ctl
