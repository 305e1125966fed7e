#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/doctor.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/server_settings.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/version.h"
#include "migrate/report_json.h"

// doctor: what is unsafe or weak about how drydock is set up.
namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kTime{30};
constexpr int kUnsafe = 11;  // as findings of `validate`

Tone tone_of(app::Verdict verdict) {
    switch (verdict) {
        case app::Verdict::good:
            return Tone::ok;
        case app::Verdict::unsafe:
            return Tone::error;
        case app::Verdict::weak:
        case app::Verdict::unknown:
            return Tone::warn;
    }
    return Tone::plain;
}

void print(Session& session, const std::vector<app::Finding>& findings) {
    if (session.json()) {
        json::array items;
        for (const auto& finding : findings) {
            items.push_back(json::object{
                {"check", finding.check},
                {"verdict", json_text(app::name(finding.verdict))},
                {"message", json_text(finding.message)},
                {"mend", json_text(finding.mend)},
            });
        }
        return session.print_json(json::object{{"findings", std::move(items)}});
    }
    std::string text;
    for (const auto& finding : findings) {
        text += fmt::format(
            "{}  {}\n",
            painted(tone_of(finding.verdict), fmt::format("{:<7}", app::name(finding.verdict)), session.out()),
            finding.message
        );
        if (!finding.mend.empty()) text += fmt::format("         {}\n", finding.mend);
    }
    session.print(text);
}

// What `serve` would refuse is the first thing to hear of.
Result<int> examine(Session& session) {
    DRYDOCK_TRY(auto plane, control_plane_options(session));
    const auto options = app::serve_options(session.settings(), std::move(plane), std::string{version()});
    std::vector<app::Finding> findings;
    if (options)
        findings = app::examine(*options, session.limits().at_most(kTime));
    else
        findings.push_back({"settings", app::Verdict::unsafe, options.error().message, options.error().hint});
    print(session, findings);
    return std::ranges::any_of(findings, [](const auto& f) { return f.verdict == app::Verdict::unsafe; }) ? kUnsafe : 0;
}

}  // namespace

void declare_doctor(Arguments& arguments) {
    arguments.verb("", "doctor", "Name every unsafe or weak setting of the server, and its mend", examine)
        .section_options("serve.")
        .example("drydock doctor");
}

}  // namespace drydock::cli
