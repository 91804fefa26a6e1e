// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "daemon/ldap/source_context.h"

namespace userd::ldap {

// Keeps one source synchronised, on a thread of its own: connects, follows or polls, and begins again after
// each failure. It starts when the core says from where.
class SourceSync {
 public:
    SourceSync(const LdapSource& source, Servers& servers, CoreLink& core, Overseer& overseer);
    ~SourceSync();  // waits for the thread, which libldap or the core may hold: for tests
    SourceSync(const SourceSync&) = delete;
    SourceSync& operator=(const SourceSync&) = delete;

    const std::string& name() const { return context_.source.name; }
    void begin(const wire::LdapBegin& begin);  // from the main thread: from here on, whatever was under way

 private:
    struct Start {
        std::string cookie;
        bool is_whole = false;
    };

    void run();
    Result<void> work();
    Result<void> synchronise(Servers::Connected& connected);
    template <typename Method>
    Result<SyncEnding> synchronise_by(Servers::Connected& connected);
    bool wait_for_start();                         // false: the end
    void wait(std::chrono::milliseconds at_most);  // or until somebody rings
    bool is_wanted();                              // a start waits, or the end

    SourceContext context_;
    std::mutex mutex_;
    std::optional<Start> start_;
    bool is_over_ = false;
    bool polls_ = false;  // the server does not know RFC 4533
    std::thread thread_;
};

}  // namespace userd::ldap
