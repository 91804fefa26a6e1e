// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace userd {

// Bytes that nobody else may see: kept out of core dumps and swap, wiped when they go, movable, never copied,
// never formatted (there is no operator<< and no fmt::formatter, on purpose).
class Secret {
 public:
    Secret() = default;
    explicit Secret(std::string_view text);
    explicit Secret(std::span<const std::byte> bytes);
    static Secret with_size(std::size_t size);  // zeros, to be filled in place
    static Secret random(std::size_t size);     // from the kernel
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret clone() const;  // the one way to have two; say why where you use it
    // Never null, also when empty: C libraries ask for that.
    std::string_view text() const { return {data_ ? reinterpret_cast<const char*>(data_) : "", size_}; }
    std::span<const std::uint8_t> bytes() const { return {data_, size_}; }
    std::uint8_t* data() { return data_; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    void shrink(std::size_t size);  // size ≤ size(); the rest is wiped
    void wipe();

 private:
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// True when both hold the same bytes; the time depends on the length alone.
bool equal(const Secret& a, const Secret& b);

}  // namespace userd
