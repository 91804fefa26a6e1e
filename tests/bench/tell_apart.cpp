// SPDX-License-Identifier: LGPL-2.1-or-later
// tell_apart hash PASSWORD: prints a record of userd's own kind and cost.
// tell_apart COUNT PASSWORD: fails to log in COUNT times in each way there is, in turns and in random order,
// through pam_userd as one who sits at the other end would. Ends with 1 if the ways can be told apart: by
// what is shown, by their medians (5 % and 5 ms), or by a rank test (Kruskal and Wallis, p ≤ 0.01). Needs the
// PAM service bench-userd and the users of timing.sh.
#include <security/pam_appl.h>
#include <sodium.h>

#include <cmath>
#include <cstring>
#include <random>

#include "tests/bench/durable_write.h"

using namespace userd::bench;

namespace {

struct Way {
    const char* name;
    const char* user;  // and a number
    bool right_password;
};
constexpr Way ways[] = {
    {"unknown name", "ghost", true},
    {"wrong password", "plain", false},
    {"expired, wrong password", "expired", false},
    {"right password, wrong code", "coded", true},
    {"no password", "empty", true},
    {"suspended, right password", "suspended", true},
    {"locked, right password", "locked", true},
    {"wrong password, hash imported: $6$", "sha", false},
    {"wrong password, hash imported: $y$", "yescrypt", false},
};
constexpr int users_a_way = 100, tries_before_lock = 5;

struct Person {
    std::string password;
    std::string shown;  // but for the reference
};

int answer(int count, const pam_message** messages, pam_response** responses, void* data) {
    auto* person = static_cast<Person*>(data);
    auto* made =
        static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    for (int i = 0; i < count; ++i) {
        std::string text = messages[i]->msg;
        if (const auto at = text.find("(reference "); at != std::string::npos)
            text.erase(at, text.find(')', at) - at);
        person->shown += fmt::format("{} {}\n", messages[i]->msg_style, text);
        if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF) continue;
        const bool code = std::strstr(messages[i]->msg, "code") != nullptr;
        made[i].resp = strdup(code ? "000000" : person->password.c_str());
    }
    *responses = made;
    return PAM_SUCCESS;
}

void no_delay(int, unsigned, void*) {}

// Milliseconds until the answer is there.
double fail_to_log_in(const std::string& user, Person& person) {
    const pam_conv conversation{answer, &person};
    pam_handle_t* pamh = nullptr;
    if (pam_start("bench-userd", user.c_str(), &conversation, &pamh) != PAM_SUCCESS) std::exit(2);
    pam_set_item(pamh, PAM_RHOST, "127.0.0.1");
    pam_set_item(pamh, PAM_FAIL_DELAY, reinterpret_cast<const void*>(no_delay));
    int code = PAM_SUCCESS;
    const double took = time_of([&] { code = pam_authenticate(pamh, 0); });
    pam_end(pamh, code);
    if (code == PAM_AUTH_ERR) return took;
    fmt::print(stderr, "{}: {}\n", user, pam_strerror(nullptr, code));
    std::exit(2);
}

struct Sample {
    std::vector<double> times, ranks = {};
};

// Of each time among all.
void rank(std::vector<Sample*> samples) {
    std::vector<std::pair<double, Sample*>> all;
    for (Sample* sample : samples) {
        sample->ranks.clear();
        for (const double time : sample->times) all.emplace_back(time, sample);
    }
    std::sort(all.begin(), all.end());
    for (std::size_t i = 0; i < all.size(); ++i) all[i].second->ranks.push_back(static_cast<double>(i) + 1);
}

// Kruskal and Wallis: how often samples of one and the same thing differ as much as these do. Of two samples
// it is the test of Mann and Whitney. Chi-square by Wilson and Hilferty's formula.
double chance(const std::vector<Sample*>& samples) {
    rank(samples);
    double n = 0, sum = 0;
    for (const Sample* sample : samples) {
        const auto size = static_cast<double>(sample->ranks.size());
        double total = 0;
        for (const double one : sample->ranks) total += one;
        n += size;
        sum += total * total / size;
    }
    const double h = 12 / (n * (n + 1)) * sum - 3 * (n + 1);
    const double k = static_cast<double>(samples.size()) - 1;
    const double z = (std::cbrt(std::max(h, 0.0) / k) - (1 - 2 / (9 * k))) / std::sqrt(2 / (9 * k));
    return std::erfc(z / std::sqrt(2.0)) / 2;
}

int print_hash(const char* password) {
    char hash[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str(hash, password, std::strlen(password), 2, 19U << 20U) != 0) return 2;
    fmt::print("{}\n", hash);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 || sodium_init() < 0) return 2;
    if (std::strcmp(argv[1], "hash") == 0) return print_hash(argv[2]);
    Person wrong{"not that one", {}}, right{argv[2], {}};
    for (int i = 0; i < users_a_way * tries_before_lock; ++i)
        fail_to_log_in(fmt::format("locked{}", i % users_a_way), wrong);

    constexpr std::size_t count = std::size(ways);
    std::vector<Sample> samples(count);
    std::vector<std::string> shown(count);
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    std::mt19937 random(20);  // the same order each time
    for (int round = 0; round < std::atoi(argv[1]); ++round) {
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t i : order) {
            Person& person = ways[i].right_password ? right : wrong;
            person.shown.clear();
            samples[i].times.push_back(
                fail_to_log_in(fmt::format("{}{}", ways[i].user, round % users_a_way), person));
            shown[i] = person.shown;
        }
    }

    bool is_equal = true;
    double least = 1e9, most = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double middle = median(samples[i].times);
        least = std::min(least, middle);
        most = std::max(most, middle);
        const double p = i == 1 ? 1 : chance({&samples[i], &samples[1]});
        fmt::print("  {:<38} median {:6.2f} ms   p95 {:6.2f} ms   p {:.3f}\n", ways[i].name, middle,
                   percentile(samples[i].times, 0.95), p);
        if (shown[i] == shown[0]) continue;
        fmt::print("  MISSED: it shows\n{}", shown[i]);
        is_equal = false;
    }
    std::vector<Sample*> all;
    for (Sample& sample : samples) all.push_back(&sample);
    const double p = chance(all), apart = most - least, share = apart / least;
    fmt::print("  medians apart {:.2f} ms, {:.1f} %   (target ≤ 5 ms or ≤ 5 %)\n", apart, share * 100);
    fmt::print("  all of them by their ranks: p {:.3f}   (target > 0.01)\n", p);
    return is_equal && (apart <= 5 || share <= 0.05) && p > 0.01 ? 0 : 1;
}
