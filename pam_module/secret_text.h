// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string.h>

#include <string_view>

#include "common/wire/login.h"

namespace userd::pam {

// One answer, in place and with its NUL: wiped when it goes, never copied by accident. On the stack, since
// memory that free() gets back keeps what it held.
class SecretText {
 public:
    SecretText() = default;
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { wipe(); }

    // False, and nothing kept, when the text is longer than any answer may be.
    bool assign(std::string_view text) {
        wipe();
        if (text.size() > wire::max_answer) return false;
        memcpy(text_, text.data(), text.size());
        size_ = text.size();
        present_ = true;
        return true;
    }
    void wipe() {
        explicit_bzero(text_, sizeof text_);
        size_ = 0;
        present_ = false;
    }

    bool present() const { return present_; }  // an empty answer is one
    std::string_view view() const { return {text_, size_}; }
    const char* c_str() const { return text_; }

 private:
    char text_[wire::max_answer + 1] = {};
    std::size_t size_ = 0;
    bool present_ = false;
};

}  // namespace userd::pam
