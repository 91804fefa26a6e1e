// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/password_strength.h"

#include <zxcvbn.h>

#include <algorithm>
#include <cmath>

namespace userd {

double guesses_power(const Secret& password, const std::vector<std::string>& own_words) {
    std::vector<const char*> words;
    for (const auto& word : own_words) words.push_back(word.c_str());
    words.push_back(nullptr);
    // A C string; a zero byte, which would end it, stands as any other character that nobody types.
    Secret text = Secret::with_size(std::min(password.size(), most_scored) + 1);
    password.text().copy(reinterpret_cast<char*>(text.data()), text.size() - 1);
    std::replace(text.data(), text.data() + text.size() - 1, std::uint8_t{0}, std::uint8_t{1});
    const double bits = ZxcvbnMatch(reinterpret_cast<const char*>(text.data()), words.data(), nullptr);
    return std::max(bits, 0.0) * std::log10(2.0);
}

}  // namespace userd
