#include "migrate/hooks.h"

#include <fmt/format.h>

#include "base/process.h"
#include "base/text.h"

namespace drydock::migrate {
namespace {

Result<> run_program(
    const Context& context, const layouts::Hook& hook, std::string_view migration, bool down, const Limits& limits
) {
    const Command command{
        .argv = {std::filesystem::absolute(hook.path).string()},
        .environment =
            {"DATABASE_URL=" + context.where.url(),
             fmt::format("DRYDOCK_HOOK={}", hook.when),
             fmt::format("DRYDOCK_MIGRATION={}", migration),
             fmt::format("DRYDOCK_DIRECTION={}", down ? "down" : "up")},
    };
    DRYDOCK_TRY(const auto result, run(command, limits));
    if (result.exit_code == 0) return {};
    const auto output = trim(result.output);
    return Error{
        .code = ErrorCode::failed,
        .message = fmt::format(
            "exit code {}{}{}",
            result.exit_code,
            output.empty() ? "" : ": ",
            output.substr(output.size() - std::min<std::size_t>(output.size(), 500))
        ),
    };
}

}  // namespace

Result<> run_hooks(
    const Context& context,
    Runner& runner,
    std::string_view when,
    std::string_view migration,
    bool down,
    Progress& progress,
    const Limits& limits
) {
    for (const auto& hook : context.project.folder().hooks) {
        if (hook.when != when) continue;
        const auto file = hook.path.filename().string();
        progress.report({.kind = ProgressEvent::Kind::started, .subject = file, .text = "hook"});
        const auto begin = Limits::Clock::now();
        const auto bound = limits.at_most(context.options.hook_timeout);
        Result<> done;
        if (hook.executable) {
            done = run_program(context, hook, migration, down, bound);
        } else {
            DRYDOCK_TRY(const auto source, Source::read(hook.path, {}, {}));
            done = runner.run_hook(source, file, bound);
        }
        if (!done) {
            auto error = std::move(done).error();
            error.hint =
                error.code == ErrorCode::deadline_exceeded ? "give it more time with migrate.hook_timeout" : error.hint;
            if (error.code == ErrorCode::deadline_exceeded) error.code = ErrorCode::failed;
            if (error.place.file.empty()) error.place.file = hook.path.string();
            return std::move(error).in(fmt::format("hook {}", file));
        }
        progress.report(
            {.kind = ProgressEvent::Kind::finished,
             .subject = file,
             .text = "hook",
             .elapsed = Limits::Clock::now() - begin}
        );
    }
    return {};
}

}  // namespace drydock::migrate
