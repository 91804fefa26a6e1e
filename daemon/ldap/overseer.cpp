// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/overseer.h"

#include <algorithm>

namespace userd::ldap {

std::shared_ptr<Overseer::Post> Overseer::enlist(std::string whose) {
    auto post = std::make_shared<Post>(std::move(whose));
    const std::lock_guard lock(mutex_);
    std::erase_if(posts_, [](const auto& old) { return old.expired(); });
    posts_.push_back(post);
    return post;
}

std::string Overseer::late(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    for (const auto& weak : posts_) {
        const auto post = weak.lock();
        if (post == nullptr) continue;
        const auto back_at = post->back_at_.load(std::memory_order_relaxed);
        if (back_at != 0 && back_at < now.time_since_epoch().count()) return post->whose();
    }
    return {};
}

InLibldap::InLibldap(Overseer::Post& post, std::chrono::milliseconds at_most) : post_(post) {
    const auto back_at = std::chrono::steady_clock::now() + at_most;
    post_.back_at_.store(back_at.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace userd::ldap
