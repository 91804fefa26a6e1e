// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace userd {

// What is asked for a list of words (tags, groups): the exact list, or words to add and to take away.
struct ListEdit {
    std::optional<std::vector<std::string>> exact;
    std::vector<std::string> add, remove;

    bool asked() const { return exact || !add.empty() || !remove.empty(); }
    // The list afterwards, sorted, each word once.
    std::vector<std::string> apply(std::vector<std::string> words) const {
        if (exact) words = *exact;
        words.insert(words.end(), add.begin(), add.end());
        std::erase_if(words, [&](const std::string& word) {
            return std::find(remove.begin(), remove.end(), word) != remove.end();
        });
        std::sort(words.begin(), words.end());
        words.erase(std::unique(words.begin(), words.end()), words.end());
        return words;
    }
};

}  // namespace userd
