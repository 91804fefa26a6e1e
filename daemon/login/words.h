// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace userd {

// The words of generated passwords: 2,048 English ones of 3 to 8 letters, told apart by their first four.
inline constexpr std::uint32_t word_count = 2048;
inline constexpr std::size_t shortest_word = 3, longest_word = 8;

std::string_view word(std::uint32_t index);  // index < word_count

}  // namespace userd
