#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"
#include "migrate/report_json.h"

// config: what is set, and by whom.
namespace drydock::cli {
namespace {

namespace json = boost::json;

Result<int> show(Session& session) {
    const auto lines = session.settings().lines();
    if (session.json()) {
        json::array settings;
        for (const auto& line : lines) {
            settings.push_back(json::object{
                {"key", json_text(line.key)},
                {"value", json_text(line.text)},
                {"origin", json_text(line.origin)},
                {"given", line.given},
            });
        }
        json::object object{{"settings", std::move(settings)}};
        if (const auto& file = session.settings().file()) object["file"] = json_text(file->string());
        session.print_json(object);
        return 0;
    }
    Table table{{{"setting"}, {"value", Table::Align::left, true}, {"said by"}}};
    for (const auto& line : lines) {
        const auto tone = line.given ? Tone::bold : Tone::plain;
        table.add({line.key, {line.text, tone}, {line.origin, line.given ? Tone::plain : Tone::faint}});
    }
    session.print(table.text(session.out()));
    return 0;
}

}  // namespace

void declare_config(Arguments& arguments) {
    arguments.noun("config", "What drydock is set to");
    arguments.verb("config", "show", "Every setting, its value and where that came from; secrets masked", show)
        .example("drydock config show")
        .example("drydock config show --json --env production");
}

}  // namespace drydock::cli
