// SPDX-License-Identifier: LGPL-2.1-or-later
// What the daemon introspects, what the installed XML files say and what the reference page lists are one.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/unit/bus/house.h"

using namespace userd;
using namespace userd::bus;

namespace {

using Members = std::set<std::string>;  // "method GetUser (s target) → (o path, a{sv} record)"

std::string attribute(const std::string& tag, const std::string& name) {
    std::smatch found;
    return std::regex_search(tag, found, std::regex(" " + name + "=\"([^\"]*)\"")) ? found[1].str() : "";
}

std::string listed(const std::vector<std::string>& arguments) {
    std::string text = "(";
    for (const auto& argument : arguments) text += (text.size() > 1 ? ", " : "") + argument;
    return text + ")";
}

// The members of each interface of introspection data.
std::map<std::string, Members> members_of_xml(const std::string& xml) {
    std::map<std::string, Members> all;
    std::string interface, kind, name;
    std::vector<std::string> in, out;
    const std::regex tag("<(/?[a-z]+)[^>]*>");
    for (std::sregex_iterator at(xml.begin(), xml.end(), tag), end; at != end; ++at) {
        const std::string text = at->str(), element = (*at)[1];
        const bool closed = text.size() > 2 && text[text.size() - 2] == '/';
        if (element == "interface") interface = attribute(text, "name");
        if (element == "property")
            all[interface].insert("property " + attribute(text, "name") + " " + attribute(text, "type"));
        if (element == "arg") {
            const auto argument = attribute(text, "type") + " " + attribute(text, "name");
            (attribute(text, "direction") == "out" ? out : in).push_back(argument);
        }
        if (element == "method" || element == "signal") {
            kind = element;
            name = attribute(text, "name");
            in.clear();
            out.clear();
        }
        if (element == "/method" || ((element == "method") && closed))
            all[interface].insert("method " + name + " " + listed(in) +
                                  (out.empty() ? "" : " → " + listed(out)));
        if (element == "/signal") all[interface].insert("signal " + name + " " + listed(in));
    }
    return all;
}

std::string file(const std::string& path) {
    std::ifstream stream(std::string(USERD_SOURCE) + "/" + path);
    std::ostringstream text;
    text << stream.rdbuf();
    BOOST_REQUIRE_MESSAGE(!text.str().empty(), path);
    return text.str();
}

// The members that docs/reference/dbus.md lists under "## INTERFACE at …".
Members members_of_page(const std::string& page, const std::string& interface) {
    Members members;
    auto from = page.find("## " + interface + " at ");
    BOOST_REQUIRE(from != std::string::npos);
    std::istringstream section(page.substr(from, page.find("\n## ", from + 1) - from));
    const std::regex row("^\\| (?:(signal|property) )?`([A-Za-z]+)` \\| `([^`]*)` \\|.*");
    std::smatch found;
    for (std::string line; std::getline(section, line);)
        if (std::regex_match(line, found, row))
            members.insert((found[1].matched ? found[1].str() : "method") + " " + found[2].str() + " " +
                           found[3].str());
    return members;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(introspection, House)

BOOST_AUTO_TEST_CASE(daemon_installed_files_and_page_agree) {
    Caller root(*this, 0);
    const auto page = file("docs/reference/dbus.md");
    const std::map<std::string, std::string> objects{{manager_interface, manager_path},
                                                     {user_interface, user_path(create("alice")).text},
                                                     {group_interface, group_path(70999).text},
                                                     {role_interface, role_path("admin").text},
                                                     {ldap_interface, manager_path}};
    for (const auto& [interface, path] : objects) {
        const auto answer = root.call(path, "org.freedesktop.DBus.Introspectable", "Introspect");
        const char* xml = nullptr;
        BOOST_REQUIRE(sd_bus_message_read(answer.get(), "s", &xml) > 0);
        const auto live = members_of_xml(xml)[interface];
        const auto installed = members_of_xml(file("conf/dbus-interfaces/" + interface + ".xml"))[interface];
        BOOST_TEST(live == installed, boost::test_tools::per_element());
        BOOST_TEST(live == members_of_page(page, interface), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()
