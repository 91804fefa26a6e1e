// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/pam_stack.h"

#include <boost/test/unit_test.hpp>

using namespace userd::ctl;

namespace {

using Folder = std::map<std::string, std::string>;

PamFiles files_in(const Folder& folder) {
    return [folder](const std::string& name) -> std::optional<std::string> {
        const auto found = folder.find(name);
        return found == folder.end() ? std::nullopt : std::optional(found->second);
    };
}

// "pam_a.so pam_b.so+1": the level behind a plus.
std::string stack_of(const Folder& folder, std::string_view type, const std::string& service = "s") {
    const auto stack = read_pam_stack(files_in(folder), service, type);
    if (!stack) return "refused: " + stack.error().message;
    std::string text;
    for (const PamModule& module : *stack) {
        if (module.name.empty()) continue;
        text += (text.empty() ? "" : " ") + module.name;
        if (module.level > 0) text += "+" + std::to_string(module.level);
    }
    return text;
}

// Each module says what its first argument is: "yes a b", by the end and by whom it was asked.
std::string run(const std::string& lines, const Folder& more = {}) {
    Folder folder = more;
    folder["s"] = lines;
    const auto stack = read_pam_stack(files_in(folder), "s", "auth");
    if (!stack) return stack.error().message;
    const PamRun result =
        run_pam_stack(*stack, [](const PamModule& module) { return module.arguments.at(0); });
    std::string text = result.succeeds ? "yes" : "no";
    for (const PamModule* module : result.asked) text += " " + module->name;
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor_pam_stack)

BOOST_AUTO_TEST_CASE(lines_of_the_type_are_read_with_what_they_include) {
    const Folder folder = {
        {"s",
         "#%PAM-1.0\nauth required pam_a.so x # remark\n-auth\toptional /lib/security/pam_b.so\n"
         "@include common\nAccount include acc\nauth substack sub\nsession \\\n  required \\\npam_s.so\n"},
        {"common", "auth [success=1 default=ignore] pam_c.so\naccount required pam_d.so\n"},
        {"acc", "account required pam_e.so\nauth required pam_f.so\n"},
        {"sub", "auth required pam_g.so\naccount required pam_h.so\n"},
    };
    BOOST_TEST(stack_of(folder, "auth") == "pam_a.so pam_b.so pam_c.so pam_g.so+1");
    BOOST_TEST(stack_of(folder, "account") == "pam_d.so pam_e.so");
    BOOST_TEST(stack_of(folder, "session") == "pam_s.so");
    const auto stack = read_pam_stack(files_in(folder), "s", "auth");
    BOOST_TEST((*stack)[2].where == "/etc/pam.d/common:1");
    BOOST_TEST(action_for((*stack)[2], "success") == "1");
    BOOST_TEST(action_for((*stack)[2], "auth_err") == "ignore");
    BOOST_TEST((*stack)[0].arguments.size() == 1U);
}

BOOST_AUTO_TEST_CASE(without_a_line_of_the_type_that_of_other_counts) {
    const Folder folder = {{"s", "auth required pam_a.so\n"}, {"other", "account required pam_deny.so\n"}};
    BOOST_TEST(stack_of(folder, "account") == "pam_deny.so");
    BOOST_TEST(stack_of(folder, "account", "not-there") == "pam_deny.so");
    BOOST_TEST(stack_of(folder, "session").starts_with("refused: no file"));
}

BOOST_AUTO_TEST_CASE(files_that_include_themselves_or_are_not_there_are_refused) {
    BOOST_TEST(stack_of({{"s", "@include s\n"}}, "auth") == "refused: /etc/pam.d/s includes itself");
    BOOST_TEST(stack_of({{"s", "auth include gone\n"}}, "auth") == "refused: there is no /etc/pam.d/gone");
}

BOOST_AUTO_TEST_CASE(the_control_words_do_what_pam_conf_says) {
    BOOST_TEST(run("auth required a success\nauth required b success\n") == "yes a b");
    BOOST_TEST(run("auth required a auth_err\nauth required b success\n") == "no a b");
    BOOST_TEST(run("auth requisite a auth_err\nauth required b success\n") == "no a");
    BOOST_TEST(run("auth sufficient a success\nauth required b auth_err\n") == "yes a");
    BOOST_TEST(run("auth sufficient a auth_err\nauth required b success\n") == "yes a b");
    BOOST_TEST(run("auth required a auth_err\nauth sufficient b success\nauth required c success\n") ==
               "no a b c");
    BOOST_TEST(run("auth optional a auth_err\n") == "no a");
    BOOST_TEST(run("auth optional a success\n") == "yes a");
    BOOST_TEST(run("auth required a ignore\n") == "no a");
    BOOST_TEST(run("auth required a success\nauth required b new_authtok_reqd\nauth required c success\n") ==
               "no a b c");
    BOOST_TEST(run("auth nonsense a success\n") == "no a");
    BOOST_TEST(run("") == "no file of /etc/pam.d has a line of type auth for s");
}

BOOST_AUTO_TEST_CASE(jumps_pass_over_as_many_modules_and_not_past_the_end) {
    BOOST_TEST(run("auth [success=1 default=ignore] a success\nauth requisite b auth_err\n"
                   "auth required c success\n") == "yes a c");
    BOOST_TEST(run("auth [success=2 default=ignore] a success\nauth required b success\n") == "no a");
    BOOST_TEST(run("auth required c success\nauth [success=0 default=ignore] a success\n") == "no c a");
}

BOOST_AUTO_TEST_CASE(a_substack_ends_by_itself_and_counts_as_one) {
    const Folder sub = {{"sub", "auth sufficient x success\nauth required y auth_err\n"}};
    BOOST_TEST(run("auth substack sub\nauth required z success\n", sub) == "yes x z");
    BOOST_TEST(run("auth [default=1] a success\nauth substack sub\nauth required z success\n", sub) ==
               "yes a z");
    BOOST_TEST(run("auth [default=1] a success\nauth substack sub\nauth substack sub\n", sub) == "yes a x");
    // An include is not one: what is done there is done.
    BOOST_TEST(run("auth include sub\nauth required z auth_err\n", sub) == "yes x");
    const Folder bad = {{"sub", "auth requisite x auth_err\nauth required y success\n"}};
    BOOST_TEST(run("auth substack sub\nauth [default=reset] r success\nauth required z success\n", bad) ==
               "yes x r z");
}

BOOST_AUTO_TEST_SUITE_END()
