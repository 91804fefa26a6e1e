// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "common/base/secret.h"

namespace userd {

// zxcvbn's time grows faster than the length: so much of a password is scored (3 ms at worst), and what comes
// after it is taken as adding nothing.
inline constexpr std::size_t most_scored = 100;  // bytes

// How many guesses find the password, as a power of ten: zxcvbn's estimate from common passwords, names,
// words, dates, rows of keys and repeats. `own_words`, folded, are the first that somebody who knows the
// account would try. For a worker.
double guesses_power(const Secret& password, const std::vector<std::string>& own_words);

}  // namespace userd
