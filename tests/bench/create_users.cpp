// SPDX-License-Identifier: LGPL-2.1-or-later
// create_users FOLDER COUNT: creates users over the system bus, one durable SQLite write in FOLDER beside
// each.
#include <systemd/sd-bus.h>

#include <cstring>
#include <ctime>

#include "tests/bench/durable_write.h"

using namespace userd::bench;

namespace {

void create(sd_bus* bus, const std::string& name) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    const int r = sd_bus_call_method(bus, "org.userd1", "/org/userd1", "org.userd1.Manager", "CreateUser",
                                     &error, nullptr, "sa{sv}a{sv}t", name.c_str(), 0, 0, std::uint64_t{0});
    if (r >= 0) return;
    fmt::print(stderr, "CreateUser: {}\n", error.message ? error.message : std::strerror(-r));
    std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    sd_bus* bus = nullptr;
    if (sd_bus_open_system(&bus) < 0) return 1;
    DurableWrite write(argv[1]);
    std::vector<double> writes, creates;
    const auto stamp = static_cast<long>(std::time(nullptr));
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
        const std::string name = fmt::format("new{}-{}", stamp, i);
        writes.push_back(time_of([&] { write(); }));
        creates.push_back(time_of([&] { create(bus, name); }));
    }
    sd_bus_unref(bus);
    const double bound = median(writes) + 1.0;
    fmt::print("  one durable write                 median {:6.2f} ms   p99 {:6.2f} ms\n", median(writes),
               percentile(writes, 0.99));
    fmt::print("  create over the bus               median {:6.2f} ms   p99 {:6.2f} ms\n", median(creates),
               percentile(creates, 0.99));
    fmt::print("  median / (write + 1 ms)           {:.2f}   (target ≤ 1)\n", median(creates) / bound);
    fmt::print("  p99 / (write + 1 ms)              {:.2f}   (target ≤ 4)\n",
               percentile(creates, 0.99) / bound);
}
