// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <utility>

namespace userd {

// A C handle with its one release function: `using Statement = Handle<sqlite3_stmt, sqlite3_finalize>;`
template <auto Free>
struct Freer {
    template <typename T>
    void operator()(T* p) const noexcept {
        Free(p);
    }
};
template <typename T, auto Free>
using Handle = std::unique_ptr<T, Freer<Free>>;

// Adapts a handle to a `T**` out parameter: `sd_event_new(out(event))`. The handle takes ownership when the
// full expression ends.
template <typename T, typename D>
class Out {
 public:
    explicit Out(std::unique_ptr<T, D>& handle) : handle_(handle) {}
    Out(const Out&) = delete;
    Out& operator=(const Out&) = delete;
    ~Out() { handle_.reset(raw_); }
    operator T**() { return &raw_; }  // NOLINT: the conversion is the point

 private:
    std::unique_ptr<T, D>& handle_;
    T* raw_ = nullptr;
};
template <typename T, typename D>
Out<T, D> out(std::unique_ptr<T, D>& handle) {
    return Out<T, D>(handle);
}

}  // namespace userd
