// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/ssh/record.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/base/ssh_files.h"
#include "ctl/whole_file.h"

namespace userd::ctl {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::optional<SshSetup>& setup) {
    if (!setup) return nullptr;
    return {{"since", setup->since},
            {"require_mfa", setup->require_mfa},
            {"sftp_group", setup->sftp_group},
            {"drop_in", setup->text}};
}

bool read_setup(const Json& json, std::optional<SshSetup>& setup) {
    if (json.is_null()) return true;
    if (!json.is_object() || !json.value("since", Json()).is_number_integer() ||
        !json.value("require_mfa", Json()).is_boolean() || !json.value("sftp_group", Json()).is_string() ||
        !json.value("drop_in", Json()).is_string())
        return false;
    setup = SshSetup{json["drop_in"], json["sftp_group"], json["require_mfa"], json["since"]};
    return true;
}

bool read_time(const Json& json, const char* name, std::int64_t& time) {
    const Json value = json.value(name, Json());
    if (!value.is_number_integer()) return false;
    time = value;
    return true;
}

}  // namespace

std::string to_json(const SshState& state) {
    const Json json = {{"now", json_of(state.now)},
                       {"before", json_of(state.before)},
                       {"undo_at", state.undo_at},
                       {"undone_at", state.undone_at}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Answer<SshState> parse_ssh_state(std::string_view text, const std::string& file) {
    const Json json = Json::parse(text, nullptr, false);
    SshState state;
    if (json.is_object() && read_setup(json.value("now", Json()), state.now) &&
        read_setup(json.value("before", Json()), state.before) && read_time(json, "undo_at", state.undo_at) &&
        read_time(json, "undone_at", state.undone_at))
        return state;
    return refuse(problem(Exit::failed, "{} is damaged", file)
                      .with_hint("remove it and the drop-in of sshd, reload sshd, then userctl ssh setup"));
}

SshRecord::SshRecord(const std::string& root)
    : root_(root), folder_(root + ssh_files::folder), drop_in_(root + ssh_files::drop_in) {}

SshRecord::~SshRecord() {
    if (!candidate_.empty()) {
        unlink(candidate_.c_str());
        unlink((candidate_ + ".main").c_str());
    }
}

Answer<SshRecord> SshRecord::open(const std::string& root) {
    SshRecord record(root);
    if (mkdir(record.folder_.c_str(), 0755) < 0 && errno != EEXIST)
        return refuse(Exit::failed, "cannot make {}: {}", record.folder_, std::strerror(errno));
    chmod(record.folder_.c_str(), 0755);  // whatever the umask: the daemon reads there
    record.lock_ = Fd(::open(record.folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!record.lock_ || flock(record.lock_.get(), LOCK_EX) < 0)
        return refuse(Exit::failed, "cannot lock {}: {}", record.folder_, std::strerror(errno));
    const std::string file = root + ssh_files::state;
    if (const auto text = TRY(read_whole_file(file))) record.state = TRY(parse_ssh_state(*text, file));
    return record;
}

Answer<void> SshRecord::save() const {
    return replace_file(root_ + ssh_files::state, to_json(state), 0600);
}

Answer<std::optional<std::string>> SshRecord::read_drop_in() const {
    return read_whole_file(drop_in_);
}

Answer<void> SshRecord::put_drop_in(const std::optional<SshSetup>& setup) const {
    return setup ? replace_file(drop_in_, setup->text, 0644) : remove_file(drop_in_);
}

Answer<std::optional<std::string>> SshRecord::find_edited() const {
    auto text = TRY(read_drop_in());
    const auto is = [&](const std::optional<SshSetup>& setup) { return setup && setup->text == text; };
    if (is(state.now) || (state.undo_at != 0 && is(state.before))) text.reset();
    return text;
}

Answer<std::string> SshRecord::keep_aside(const std::string& text) const {
    const std::string path = folder_ + "/edited.conf";
    TRY(replace_file(path, text, 0600));
    return path;
}

Answer<void> SshRecord::tell_confined(const std::optional<SshSetup>& setup) const {
    const std::string path = root_ + ssh_files::confined;
    if (!setup || setup->sftp_group.empty()) return remove_file(path);
    return replace_file(path, setup->sftp_group + "\n" + setup->text, 0644);
}

Answer<std::string> SshRecord::write_candidate(const std::string& text) {
    candidate_ = folder_ + "/candidate";
    TRY(replace_file(candidate_, text, 0600));
    const std::string main = fmt::format("Include {}\nInclude {}/etc/ssh/sshd_config\n", candidate_, root_);
    TRY(replace_file(candidate_ + ".main", main, 0600));
    return candidate_ + ".main";
}

}  // namespace userd::ctl
