// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/enrolment.h"

#include "common/base/spaced.h"
#include "common/qr/qr_code.h"
#include "common/wire/login.h"

namespace userd {
namespace {

constexpr std::size_t most_lines = wire::max_steps - 8;
constexpr std::size_t most_bytes = wire::max_frame - 1024;  // of a QR code in one frame

// None where the code is too big for a terminal, and for a frame: then the key alone has to do.
std::vector<std::string> rows_of(const Secret& uri) {
    std::vector<std::string> rows;
    const auto code = QrCode::of(uri.text());
    std::size_t bytes = 0;
    for (int row = 0; code && row < code->size(); row += 2) {
        rows.push_back(code->half_blocks(row));
        bytes += rows.back().size();
    }
    if (rows.size() > most_lines || bytes > most_bytes) rows.clear();
    return rows;
}

}  // namespace

Result<std::vector<std::string>> Enrolment::show_key() {
    ++keys_;
    const TotpEnrolment made = TRY(credentials_.begin_totp(actor_, user_));
    auto shown = rows_of(made.uri);
    shown.insert(shown.begin(), shown.empty() ? "Give this key to an authenticator app."
                                              : "Scan this with an authenticator app:");
    shown.push_back(fmt::format("Key to type instead: {}", spaced(made.secret.text())));
    if (made.algorithm != "SHA1" || made.digits != 6 || made.period != 30)
        shown.push_back(fmt::format("({}, {} digits, {} seconds)", made.algorithm, made.digits, made.period));
    return shown;
}

Result<std::vector<std::string>> Enrolment::begin() {
    auto shown = TRY(show_key());
    shown.insert(shown.begin(), "This account needs one-time codes, and none are set up yet.");
    return shown;
}

Result<Enrolment::Verdict> Enrolment::answer(Secret code) {
    auto recovery = credentials_.confirm_totp(actor_, user_, std::move(code));
    if (!recovery) {
        if (recovery.error().code == Errc::bad_code)
            return Verdict{Outcome::again, "That code is not right.", {}};
        if (recovery.error().code != Errc::too_many_tries) return fail(std::move(recovery).error());
        if (keys_ >= most_keys) return Verdict{};
        auto shown = TRY(show_key());
        return Verdict{Outcome::again, "Three wrong codes: that key is void.", std::move(shown)};
    }
    Verdict done{Outcome::done, {}, {"One-time codes are set up."}};
    if (recovery->empty()) return done;
    done.shown.emplace_back("Recovery codes, each good once, shown once; keep them away from the phone:");
    for (const Secret& one : *recovery) done.shown.push_back("  " + std::string(one.text()));
    return done;
}

}  // namespace userd
