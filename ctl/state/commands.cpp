// SPDX-License-Identifier: LGPL-2.1-or-later
// Desired state: validate, diff, apply, seal, schema.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/file_problem.h"
#include "ctl/input_file.h"
#include "ctl/output.h"
#include "ctl/sealed.h"
#include "ctl/secret_input.h"
#include "ctl/state/plan_view.h"
#include "ctl/state/schema.h"
#include "ctl/state/seal.h"
#include "ctl/state/send.h"
#include "ctl/stream.h"
#include "ctl/target.h"
#include "ctl/terminal.h"
#include "ctl/validate.h"
#include "ctl/whole_file.h"

namespace userd::ctl {
namespace {

constexpr const char* nothing_changed = "nothing was changed";

// What the daemon answered, and the passwords it made.
struct Reply {
    std::string json;  // kept for programs only
    PlanView plan;
    std::map<std::string, Secret> passwords;
};

Answer<std::map<std::string, Secret>> read_passwords(int fd) {
    Secret text;
    if (!read_memfd(fd, text))
        return refuse(Exit::failed, "cannot read the new passwords: {}", std::strerror(errno));
    std::map<std::string, Secret> passwords;
    for (const auto line : split(text.text(), '\n')) {
        const auto tab = line.find('\t');
        if (tab != std::string_view::npos)
            passwords.emplace(line.substr(0, tab), Secret(line.substr(tab + 1)));
    }
    return passwords;
}

Answer<Reply> send(Client& client, const StateStream& stream, const Fields& options, bool keeps_json) {
    const Fd memfd(memfd_create("userctl-passwords", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memfd) return refuse(Exit::failed, "cannot make room for passwords: {}", std::strerror(errno));
    std::string_view rest;
    std::optional<Stream> pipe;
    const auto open = [&] {
        pipe.reset();
        rest = stream.text();
        auto made = Stream::to_daemon([&] { return std::exchange(rest, {}); });
        if (!made) return -EMFILE;
        return pipe.emplace(*std::move(made)).end_of_daemon().get();
    };
    auto json = client.apply(open, options, memfd);
    pipe.reset();
    if (!json) return refuse(std::move(json).error());
    Reply reply{*std::move(json), {}, {}};
    reply.plan = TRY(read_plan(reply.json));
    if (!keeps_json) reply.json = {};
    reply.passwords = TRY(read_passwords(memfd.get()));
    return reply;
}

// A problem that the daemon found stands where the file asks for it.
ConfigProblem placed(const StateFiles& state, const PlanView::Refusal& refusal) {
    const auto text = fmt::format("{}{}", refusal.message,
                                  refusal.hint.empty() ? "" : fmt::format(". Try: {}", refusal.hint));
    const auto* object = state.find(refusal.is_group, refusal.object);
    if (object == nullptr) return {state.files[0].name, 0, 0, text, {}};
    const auto* entry = object->find(refusal.field);
    return state.problem_at(entry != nullptr ? entry->place : object->place, text,
                            entry != nullptr ? entry->key->name.size() : object->name.size());
}

Refusal refuse_plan(const StateFiles& state, const PlanView& plan, Output& out) {
    std::vector<ConfigProblem> problems;
    for (const auto& problem : plan.problems) problems.push_back(placed(state, problem));
    auto refusal = refuse_file(problems, out, nothing_changed);
    const Exit exit = exit_for(plan.problems[0].name);
    refusal.value().exit =
        exit == Exit::not_found ? Exit::invalid : exit;  // what is not found stands in a file
    return refusal;
}

Fields apply_options(const Args& args, bool dry_run) {
    Fields options;
    if (dry_run) options["dry_run"] = true;
    for (const char* flag : {"prune", "strict", "take-over"}) {
        std::string name = flag;
        std::replace(name.begin(), name.end(), '-', '_');
        if (args.has(flag)) options[name] = true;
    }
    if (args.has("prune-limit")) options["prune_limit"] = args.text("prune-limit");
    return options;
}

std::string text_of_plan(const StateFiles& state, const PlanView& plan, Output& out) {
    const OriginOf origin = [&](const PlanView::Object& object, const std::string& field) {
        const auto* found = state.files.size() > 1 ? state.find(object.is_group, object.name) : nullptr;
        const auto* entry = found != nullptr ? found->find(field) : nullptr;
        return entry != nullptr ? state.where(entry->place) : std::string();
    };
    return plan_text(plan, origin, out.options().now);
}

void show(const StateFiles& state, const Reply& reply, bool dry_run, Output& out) {
    if (out.json()) {
        out.text(
            plan_json(reply.plan, reply.json, dry_run, reply.passwords, out.options().json == Json::pretty));
    } else if (dry_run) {
        out.text(text_of_plan(state, reply.plan, out));
    } else if (out.options().quiet) {
        for (const auto& object : reply.plan.objects)
            if (!object.needs_prune) out.text(object.name + "\n");
    } else if (reply.plan.changed) {
        out.line(fmt::format("Applied set {}: {}.", reply.plan.set, plan_counts(reply.plan, true)));
        for (const auto& [name, password] : reply.passwords)
            out.line(fmt::format("{}'s password: {} (shown once; must be changed at first login)", name,
                                 password.text()));
    } else {
        out.line(fmt::format("Nothing to do: set {}, {} unchanged.", reply.plan.set, reply.plan.unchanged));
    }
    if (!dry_run)
        for (const auto& note : reply.plan.notes) out.note(note);
}

// With --prune on a terminal: the plan is shown, and a yes is only good for the directory it was made for.
Answer<void> ask_first(Client& client, const Args& args, const StateFiles& state, const StateStream& stream,
                       Fields& options, Output& out) {
    if (!args.has("prune") || args.has("yes")) return {};
    const auto preview = TRY(send(client, stream, apply_options(args, true), false));
    const bool removes =
        std::any_of(preview.plan.objects.begin(), preview.plan.objects.end(),
                    [](const auto& object) { return object.deed == "suspend" || object.deed == "delete"; });
    if (!removes || !preview.plan.problems.empty()) return {};
    if (may_ask()) out.note(text_of_plan(state, preview.plan, out));
    TRY(make_sure(args, "Apply this?"));
    options["generation"] = static_cast<std::int64_t>(preview.plan.generation);
    return {};
}

Answer<void> run(Client& client, const Args& args, Output& out, bool dry_run) {
    auto state = TRY(read_state_files(args.words, this_host()));
    if (!state.problems.empty()) return refuse_file(state.problems, out, nothing_changed);
    if (!state.any_for_this_host) {
        if (out.json())
            out.text(plan_json({}, R"({"groups":[],"users":[]})", dry_run, {},
                               out.options().json == Json::pretty));
        out.line(fmt::format("Nothing to do: no file is for the host {}.", this_host()));
        return {};
    }
    const StateStream stream(state);
    if (!state.problems.empty()) return refuse_file(state.problems, out, nothing_changed);
    if (!dry_run && stream.generates()) TRY(out.can_disclose());
    auto options = apply_options(args, dry_run);
    if (!dry_run) TRY(ask_first(client, args, state, stream, options, out));
    const auto reply = TRY(send(client, stream, options, out.json()));
    if (!reply.plan.problems.empty()) return refuse_plan(state, reply.plan, out);
    show(state, reply, dry_run, out);
    if (dry_run && reply.plan.changed) return refuse(Problem{Exit::differences, {}, {}, {}, {}, {}});
    return {};
}

Answer<void> diff(Client& client, const Args& args, Output& out) {
    return run(client, args, out, true);
}

Answer<void> apply(Client& client, const Args& args, Output& out) {
    return run(client, args, out, client.dry_run());
}

Answer<std::string> read_public_key(const std::string& given) {
    if (access(given.c_str(), F_OK) != 0) return given;
    const std::string text = TRY(read_input(given, 1 << 20));
    return text.substr(0, text.find('\n'));
}

// A line for a file, or an object for a program.
void tell(Output& out, const char* name, const std::string& text) {
    if (out.json()) return out.object({{name, text}}, '\0', true);
    out.text(text + "\n");
}

// The secret half goes into a file that only its owner can read; a file that is there stays.
Answer<void> make_key(const std::string& path, Output& out) {
    const auto pair = TRY(make_fleet_pair());
    const Fd fd = TRY(make_private_file(path));
    if (!write_all(fd.get(), pair.secret.text()))
        return refuse(problem(Exit::failed, "cannot write {}: {}", escaped(path), std::strerror(errno)));
    tell(out, "public_key", pair.public_key);
    return {};
}

Answer<void> seal_text(Client&, const Args& args, Output& out) {
    if (args.has("new-key")) return make_key(args.text("new-key"), out);
    const auto place = args.text("to", config_root() + "/etc/userd/fleet-key.pub");
    const auto key = TRY(read_public_key(place));
    auto text = may_ask() ? ask_password("To seal", "standard input") : read_secret_file("-", "seal");
    if (!text && text.error().hint.empty()) text.error().hint = "userctl seal < FILE";
    const Secret secret = TRY(std::move(text));
    tell(out, "sealed", TRY(seal(secret, key)));
    return {};
}

Answer<void> schema(Client&, const Args& args, Output& out) {
    const std::string& what = args.words[0];
    if (what == "state")
        out.text(state_schema());
    else if (what == "userd")
        out.text(userd_schema());
    else
        return refuse(problem(Exit::usage, "there is no schema of \"{}\"", what).with_hint("state or userd"));
    return {};
}

const Option plan_options[] = {
    {"prune", 0, "", "Suspend the set's users that are not listed any more, and later delete them"},
    {"prune-limit", 0, "N|%", "How many of the set's users may be pruned at once; 5% unless said"},
    {"strict", 0, "", "Take memberships with an end away too"},
    {"take-over", 0, "", "Manage objects that belong to another set, or to none"},
};

const Option seal_options[] = {
    {"to", 0, "PUB", "The hosts' public key, or a file of it; /etc/userd/fleet-key.pub unless given"},
    {"new-key", 0, "FILE", "Make a pair: the secret half into FILE, the public half to standard output"},
};

}  // namespace

std::span<const Command> desired_commands() {
    static const Command commands[] = {
        {"validate",
         "",
         "[FILE…]",
         "Check userd.yaml and its drop-ins, or state files",
         validate,
         {},
         Trait::none,
         "Without FILE the daemon's configuration, else these state files, or folders of them (see "
         "userd-state(5)). Needs no daemon. Every error is shown with file:line:column; then the exit status "
         "is 6."},
        {"diff", "", "FILE…", "Show what apply would change", diff, plan_options, Trait::none,
         "Reads state files, or folders of them (see userd-state(5)). + is created, ~ changed, ! "
         "suspended, - deleted; (--prune) is only done with it. The exit status is 10 when apply "
         "would change something."},
        {"apply", "", "FILE…", "Make users and groups what state files say", apply, plan_options,
         Trait::changes | Trait::destroys,
         "One transaction, all or nothing; applied again it changes nothing. With --prune the "
         "plan is shown and confirmed first. With --dry-run the same as diff."},
        {"seal", "", "", "Seal a hash or an authenticator's key for a state file", seal_text, seal_options,
         Trait::none,
         "Reads the text from the terminal or standard input and prints what stands after "
         "\"sealed:\". Only hosts that have the secret half of the key, as the systemd credential "
         "userd.fleet-key, can open it. Needs no daemon."},
        {"schema",
         "",
         "NAME",
         "Print the JSON Schema of state files (state) or of userd.yaml (userd)",
         schema,
         {},
         Trait::none,
         "For editors and checks in a repository. Needs no daemon."},
    };
    return commands;
}

}  // namespace userd::ctl
