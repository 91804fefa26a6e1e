// SPDX-License-Identifier: LGPL-2.1-or-later
// Plain heap memory, wiped with sodium_memzero. Not sodium_malloc: it costs three pages and three system
// calls a string and a fixed RLIMIT_MEMLOCK, and the daemon locks its whole memory out of core dumps (prctl)
// and runs without swap pressure on these few bytes.
#include "common/base/secret.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace userd {

Secret Secret::with_size(std::size_t size) {
    Secret secret;
    if (size == 0) return secret;
    secret.data_ = static_cast<std::uint8_t*>(std::calloc(1, size));
    if (secret.data_ == nullptr) throw std::bad_alloc();
    secret.size_ = secret.capacity_ = size;
    return secret;
}

Secret::Secret(std::string_view text) : Secret(with_size(text.size())) {
    if (size_ != 0) std::memcpy(data_, text.data(), size_);
}

Secret::Secret(std::span<const std::byte> bytes)
    : Secret(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())) {}

Secret Secret::random(std::size_t size) {
    Secret secret = with_size(size);
    if (size != 0) randombytes_buf(secret.data_, size);
    return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

Secret Secret::clone() const {
    return Secret(text());
}

void Secret::shrink(std::size_t size) {
    if (size >= size_) return;
    sodium_memzero(data_ + size, size_ - size);
    size_ = size;
}

void Secret::wipe() {
    if (data_ == nullptr) return;
    sodium_memzero(data_, capacity_);
    std::free(data_);
    data_ = nullptr;
    size_ = capacity_ = 0;
}

bool equal(const Secret& a, const Secret& b) {
    return a.size() == b.size() &&
           (a.empty() || sodium_memcmp(a.bytes().data(), b.bytes().data(), a.size()) == 0);
}

}  // namespace userd
