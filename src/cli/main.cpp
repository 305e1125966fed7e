#include "cli/main.h"

#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/signals.h"

namespace drydock::cli {
namespace {

int work(Session& session, const Arguments::Choice& choice) {
    if (choice.needs_settings) {
        if (auto loaded = session.load_settings(); !loaded) return session.fail(loaded.error());
    }
    auto done = (*choice.handler)(session);
    const int exit_code = done ? *done : session.fail(done.error());
    const auto flushed = session.flush();
    return flushed || exit_code != 0 ? exit_code : session.fail_beside_json(flushed.error());
}

int run(int argc, char** argv) {
    Signals signals;
    Arguments arguments;
    declare_commands(arguments);
    auto choice = arguments.read(argc, argv);
    if (!choice) {
        Session session{arguments.common(), {}, signals};
        return session.fail(choice.error());
    }
    Session session{arguments.common(), std::move(choice->rest), signals};
    if (choice->handler != nullptr) return work(session, *choice);
    session.print(choice->answer);
    const auto flushed = session.flush();
    return flushed ? choice->exit_code : session.fail_beside_json(flushed.error());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {  // out of memory, or a defect of ours
        fmt::print(stderr, "error: {}\n", error.what());
        return traits(ErrorCode::internal).exit_code;
    }
}

}  // namespace drydock::cli
