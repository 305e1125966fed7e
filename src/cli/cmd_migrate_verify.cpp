#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/migrate_text.h"
#include "cli/session.h"
#include "migrate/report_json.h"
#include "migrate/verify.h"

// migrate verify: whether what applied migrations made is still so.
namespace drydock::cli {
namespace {

namespace json = boost::json;
using migrate::Truth;

Tone tone_of(Truth truth) {
    return truth == Truth::holds ? Tone::ok : truth == Truth::broken ? Tone::error : Tone::warn;
}

std::string verify_text(const migrate::VerifyReport& report, const Terminal& terminal) {
    std::string text;
    std::size_t objects = 0;
    std::size_t files = 0;
    for (const auto& verified : report.migrations) {
        objects += verified.objects;
        files += verified.file ? 1 : 0;
        if (verified.promises.empty()) continue;
        text += fmt::format(
            "{}  {}\n", painted(tone_of(verified.truth), name(verified.truth), terminal), printable(verified.id)
        );
        for (const auto& promise : verified.promises) {
            const auto place = promise.place.line > 0 ? fmt::format(" ({})", promise.place.label()) : std::string{};
            text += printable(fmt::format("    {}: {}{}", promise.what, promise.why, place)) + "\n";
        }
    }
    const auto broken = report.count(Truth::broken);
    const auto unknown = report.count(Truth::unknown);
    text += fmt::format(
        "{}{} on {}: {} and {} looked at; ",
        text.empty() ? "" : "\n",
        counted(report.migrations.size(), "applied migration"),
        target_text(report.facts),
        counted(objects, "object"),
        counted(files, "verify file")
    );
    if (broken + unknown == 0) return text + painted(Tone::ok, "all holds", terminal) + "\n";
    return text + fmt::format(
                      "{} broken, {} unknown\n",
                      painted(broken > 0 ? Tone::error : Tone::plain, std::to_string(broken), terminal),
                      unknown
                  );
}

json::object verify_json(const migrate::VerifyReport& report) {
    json::array migrations;
    for (const auto& verified : report.migrations) {
        json::array promises;
        for (const auto& promise : verified.promises) {
            json::object object{
                {"what", json_text(promise.what)},
                {"truth", json_text(name(promise.truth))},
                {"why", json_text(promise.why)},
            };
            if (promise.place.line > 0) {
                object["file"] = json_text(promise.place.file);
                object["line"] = promise.place.line;
            }
            promises.push_back(std::move(object));
        }
        migrations.push_back(json::object{
            {"id", json_text(verified.id)},
            {"truth", json_text(name(verified.truth))},
            {"objects", verified.objects},
            {"verify_file", verified.file},
            {"promises", std::move(promises)},
        });
    }
    return {
        {"target", to_json(report.facts)},
        {"holds", report.count(Truth::holds)},
        {"unknown", report.count(Truth::unknown)},
        {"broken", report.count(Truth::broken)},
        {"migrations", std::move(migrations)},
    };
}

Result<int> verify_command(Session& session, const std::vector<std::string>& names) {
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options()};
    const migrate::VerifyOptions options{.only = names, .time = session.settings().duration("verify.timeout")};
    DRYDOCK_TRY(const auto report, migrate::verify(context, options, session.limits()));
    if (session.json())
        session.print_json(verify_json(report));
    else
        session.print(verify_text(report, session.out()));
    return report.count(Truth::broken) > 0 ? traits(ErrorCode::drift).exit_code : 0;
}

}  // namespace

void declare_migrate_verify(Arguments& arguments) {
    const auto names = std::make_shared<std::vector<std::string>>();
    arguments
        .verb(
            "migrate",
            "verify",
            "Look whether what applied migrations made is still so",
            [names](Session& s) { return verify_command(s, *names); }
        )
        .arguments("MIGRATION", *names, "Which; without any, all that are applied")
        .section_options("verify.")
        .engine_options()
        .example("drydock migrate verify")
        .example("drydock migrate verify 014 015 --timeout 2min --json");
}

}  // namespace drydock::cli
