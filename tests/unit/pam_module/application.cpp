// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/pam_module/application.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace userd::pam::test {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

}  // namespace

const char* const only_userd =
    "auth required MODULE\naccount required MODULE\npassword required MODULE\nsession required MODULE\n";

Application::Application(const std::string& stack, const char* user, bool has_conversation)
    : conversation_{has_conversation ? converse : nullptr, this} {
    std::filesystem::create_directory("pam.d");
    std::ofstream("pam.d/service") << replaced(replaced(stack, "MODULE", USERD_TEST_MODULE), "PROBE",
                                               USERD_TEST_PROBE);
    if (pam_start_confdir("service", user, &conversation_, "pam.d", &pamh) != PAM_SUCCESS)
        throw std::runtime_error("pam_start_confdir failed");
    pam_set_item(pamh, PAM_FAIL_DELAY, reinterpret_cast<void*>(delay));
}

Application::~Application() {
    pam_end(pamh, PAM_SUCCESS);
}

std::string Application::prompts() const {
    std::string all;
    for (const auto& [style, text] : shown)
        if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON) all += text;
    return all;
}

void Application::delay(int, unsigned microseconds, void* self) {
    static_cast<Application*>(self)->delay_us = microseconds;
}

int Application::converse(int count, const pam_message** messages, pam_response** responses, void* self) {
    auto& application = *static_cast<Application*>(self);
    for (int i = 0; i < count && application.keeps_texts; ++i)
        application.shown.emplace_back(messages[i]->msg_style, messages[i]->msg);
    if (application.at_prompt) application.at_prompt();
    if (application.instead) return application.instead(responses);
    *responses = static_cast<pam_response*>(calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    if (*responses == nullptr) return PAM_BUF_ERR;
    for (int i = 0; i < count; ++i)
        if (const int code = application.respond(*messages[i], (*responses)[i]); code != PAM_SUCCESS)
            return code;
    return PAM_SUCCESS;
}

int Application::respond(const pam_message& message, pam_response& response) {
    if (message.msg_style == PAM_TEXT_INFO || message.msg_style == PAM_ERROR_MSG) return PAM_SUCCESS;
    if (next_ == answers.size()) return PAM_SUCCESS;
    response.resp = strdup(answers[next_++].c_str());
    return response.resp == nullptr ? PAM_BUF_ERR : PAM_SUCCESS;
}

OwnFolder::OwnFolder() {
    char path[] = "/tmp/userd-pam-XXXXXX";
    if (mkdtemp(path) == nullptr || chdir(path) != 0) throw std::runtime_error("no folder of our own");
    path_ = path;
}

OwnFolder::~OwnFolder() {
    if (chdir("/") == 0) std::filesystem::remove_all(path_);
}

}  // namespace userd::pam::test
