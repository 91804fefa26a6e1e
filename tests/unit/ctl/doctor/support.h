// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>

#include "ctl/doctor/diagnosis.h"

namespace userd::ctl {

inline std::ostream& operator<<(std::ostream& out, Diagnosis::State state) {
    return out << (state == Diagnosis::State::right   ? "right"
                   : state == Diagnosis::State::wrong ? "wrong"
                                                      : "unknown");
}

// "right", or what is wrong and what to do: "TEXT | REMEDY".
inline std::string said(const Diagnosis& diagnosis) {
    if (diagnosis.state == Diagnosis::State::right) return "right";
    return diagnosis.text + (diagnosis.remedy.empty() ? "" : " | " + diagnosis.remedy);
}
inline std::string said(const Diagnoses& diagnoses) {
    std::string text;
    for (const Diagnosis& one : diagnoses) text += (text.empty() ? "" : "; ") + said(one);
    return text;
}

}  // namespace userd::ctl
