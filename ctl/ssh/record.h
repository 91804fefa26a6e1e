// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/fd.h"
#include "ctl/problem.h"

namespace userd::ctl {

// What one "ssh setup" has sshd do.
struct SshSetup {
    std::string text;  // the drop-in
    std::string sftp_group;
    bool require_mfa = false;
    std::int64_t since = 0;
};

// What is in force and what was there before; the times are 0 where there is none.
struct SshState {
    std::optional<SshSetup> now, before;
    std::int64_t undo_at = 0;    // nobody has confirmed it yet
    std::int64_t undone_at = 0;  // the last one was not confirmed
};

std::string to_json(const SshState& state);
Answer<SshState> parse_ssh_state(std::string_view text, const std::string& file);

// The files of common/base/ssh_files.h, below `root`. One program at a time: the rest waits in open().
class SshRecord {
 public:
    static Answer<SshRecord> open(const std::string& root);

    SshState state;
    Answer<void> save() const;

    const std::string& drop_in_path() const { return drop_in_; }
    Answer<std::optional<std::string>> read_drop_in() const;
    Answer<void> put_drop_in(const std::optional<SshSetup>& setup) const;
    // The drop-in, if it is neither what `state` says is there now nor what was there before.
    Answer<std::optional<std::string>> find_edited() const;
    // Where a drop-in that was edited goes before it is replaced.
    Answer<std::string> keep_aside(const std::string& text) const;
    // For the daemon: accounts of the kind sftp are confined, or not. Not comes before any change of sshd.
    Answer<void> tell_confined(const std::optional<SshSetup>& setup) const;
    // A main file for sshd that has `text` before everything else, to be tested; gone with the record.
    Answer<std::string> write_candidate(const std::string& text);

    SshRecord(SshRecord&&) = default;
    SshRecord& operator=(SshRecord&&) = default;
    ~SshRecord();

 private:
    explicit SshRecord(const std::string& root);

    std::string root_, folder_, drop_in_, candidate_;
    Fd lock_;
};

}  // namespace userd::ctl
