// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes nothing from the process's environment; SSH_AUTH_INFO_0 comes from PAM's own, which sshd fills.
#include "pam_module/request.h"

#include <fcntl.h>
#include <pwd.h>
#include <security/pam_modutil.h>
#include <unistd.h>

#include "common/names.h"
#include "pam_module/channel.h"
#include "pam_module/kept_token.h"

namespace userd::pam {
namespace {

std::string_view text_item(const pam_handle_t* pamh, int item) {
    const void* text = nullptr;
    if (pam_get_item(pamh, item, &text) != PAM_SUCCESS || text == nullptr) return {};
    return static_cast<const char*>(text);
}

// The name is what the application set at the start; only where it set none does PAM ask for one.
int find_user(pam_handle_t* pamh, const char*& user) {
    const int code = pam_get_user(pamh, &user, nullptr);
    if (code == PAM_BUF_ERR || code == PAM_SYSTEM_ERR) return code;
    return code == PAM_SUCCESS && user != nullptr ? PAM_SUCCESS : PAM_CONV_ERR;
}

std::uint32_t flags_from(int pam_flags) {
    std::uint32_t flags = 0;
    if ((pam_flags & PAM_SILENT) != 0) flags |= wire::flag_silent;
    if ((pam_flags & PAM_PRELIM_CHECK) != 0) flags |= wire::flag_prelim;
    if ((pam_flags & PAM_UPDATE_AUTHTOK) != 0) flags |= wire::flag_update;
    if ((pam_flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0) flags |= wire::flag_expired_only;
    return flags;
}

// The kernel's number for this login session, the same in sudo and su within it.
std::uint32_t audit_session() {
    const int fd = above_standard(open("/proc/self/sessionid", O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (fd < 0) return wire::no_audit_session;
    char text[16];
    const ssize_t size = read(fd, text, sizeof text);
    close(fd);
    std::uint64_t number = 0;
    for (ssize_t i = 0; i < size; ++i) {
        if (text[i] < '0' || text[i] > '9') return wire::no_audit_session;
        number = number * 10 + static_cast<std::uint64_t>(text[i] - '0');
    }
    return size > 0 && number < wire::no_audit_session ? static_cast<std::uint32_t>(number)
                                                       : wire::no_audit_session;
}

std::string_view ssh_auth_info(pam_handle_t* pamh) {
    const char* text = pam_getenv(pamh, "SSH_AUTH_INFO_0");
    if (text == nullptr) return {};
    const std::string_view info = text;
    return info.size() <= wire::max_auth_info ? info : std::string_view{};
}

std::string_view token_for(const pam_handle_t* pamh, const wire::Start& start) {
    if (start.phase == wire::Phase::account || start.phase == wire::Phase::open_session)
        return kept_token(pamh, Kept::login);
    return (start.flags & wire::flag_update) != 0 ? kept_token(pamh, Kept::change) : std::string_view{};
}

}  // namespace

int collect(pam_handle_t* pamh, wire::Phase phase, int pam_flags, wire::Start& start) {
    const char* user = nullptr;
    if (const int code = find_user(pamh, user); code != PAM_SUCCESS) return code;
    start.phase = phase;
    start.user = user;
    if (start.user.empty() || start.user.size() > wire::max_name) return PAM_USER_UNKNOWN;
    const passwd* entry = pam_modutil_getpwnam(pamh, user);
    if (entry != nullptr && is_reserved_id(entry->pw_uid)) return PAM_USER_UNKNOWN;
    start.known = entry != nullptr;
    start.service = text_item(pamh, PAM_SERVICE);
    start.rhost = text_item(pamh, PAM_RHOST);
    start.tty = text_item(pamh, PAM_TTY);
    start.ruser = text_item(pamh, PAM_RUSER);
    start.uid = getuid();
    start.flags = flags_from(pam_flags);
    start.audit_session = audit_session();
    start.parent = static_cast<std::uint32_t>(getppid());
    if (phase == wire::Phase::authenticate || phase == wire::Phase::open_session)
        start.ssh_auth_info = ssh_auth_info(pamh);
    start.token = token_for(pamh, start);
    return PAM_SUCCESS;
}

}  // namespace userd::pam
