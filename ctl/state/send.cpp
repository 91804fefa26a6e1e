// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/state/send.h"

#include <string.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/secret_input.h"

namespace userd::ctl {
namespace {

using Json = nlohmann::json;

std::string json_text(std::string_view text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A relative path is taken from the folder of the file that names it.
std::string path_of(const std::string& named, const std::string& file) {
    const std::filesystem::path path(named);
    if (path.is_absolute() || file == "-") return named;
    return (std::filesystem::path(file).parent_path() / path).string();
}

Answer<Secret> read_credential(const std::string& name) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr)
        return refuse(Exit::failed, "there are no credentials here: $CREDENTIALS_DIRECTORY is not set");
    if (name.find('/') != std::string::npos)
        return refuse(Exit::failed, "\"{}\" is not the name of a credential", escaped(name));
    return read_secret_file(fmt::format("{}/{}", folder, name), "credential");
}

}  // namespace

StateStream::StateStream(StateFiles& state) {
    text_.reserve(state.objects.size() * 256 + 256);
    text_ += fmt::format("{{\"version\":1,\"set\":{}", json_text(state.set));
    for (const auto& option : state.options)
        text_ += fmt::format(",{}:{}", json_text(option.key->name),
                             option.key->form == StateForm::limit
                                 ? json_text(Json::parse(option.json).get<std::string>())
                                 : option.json);
    text_ += "}\n";
    for (const auto& object : state.objects) add_object(state, object);
}

StateStream::~StateStream() {
    explicit_bzero(text_.data(), text_.size());
}

void StateStream::add_object(StateFiles& state, const StateObject& object) {
    text_ += fmt::format("{{\"{}\":{}", object.is_group ? "group" : "user", json_text(object.name));
    for (const auto& entry : object.entries) {
        const bool secret = entry.key->form == StateForm::password || entry.key->form == StateForm::totp;
        text_ += fmt::format(",\"{}\":", entry.key->name);
        text_ += secret ? with_secret(state, entry) : entry.json;
    }
    text_ += "}\n";
}

// The place of the secret gives way to the secret itself.
std::string StateStream::with_secret(StateFiles& state, const StateEntry& entry) {
    Json json = Json::parse(entry.json);
    if (!json.is_object()) return entry.json;
    generates_ |= json.contains("generate");
    for (const char* source : {"hash_file", "file", "credential"}) {
        const auto named = json.find(source);
        if (named == json.end()) continue;
        const auto name = named->get<std::string>();
        const auto secret =
            std::string_view(source) == "credential"
                ? read_credential(name)
                : read_secret_file(path_of(name, state.files[entry.place.file].path), entry.key->name);
        json.erase(source);
        if (secret)
            json[std::string_view(source) == "file" ? "key" : "hash"] = secret->text();
        else if (state.problems.size() < most_state_problems)
            state.problems.push_back(state.problem_at(
                entry.place, fmt::format("{}: {}", entry.key->name, secret.error().message)));
        break;
    }
    return json.dump();
}

}  // namespace userd::ctl
