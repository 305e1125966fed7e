#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/server.h"
#include "base/json.h"
#include "base/log.h"
#include "base/wait.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/process_secrets.h"
#include "cli/server_settings.h"
#include "cli/session.h"
#include "cli/version.h"
#include "config/settings.h"
#include "migrate/report_json.h"
#include "registry/environment.h"

// serve: the server.
namespace drydock::cli {
namespace {

constexpr std::chrono::minutes kStart{5};
constexpr std::chrono::seconds kReload{60};
constexpr std::chrono::hours kLookAgain{1};

Result<> start_log(const Session& session) {
    const auto& settings = session.settings();
    const auto& level = settings.text("log.level");
    const auto& format = settings.text("log.format");
    const bool text =
        format == "text" || (format == "auto" && settings.text("log.file").empty() && session.err().interactive);
    return log::configure({
        .level = level == "debug"     ? log::Level::debug
                 : level == "info"    ? log::Level::info
                 : level == "warning" ? log::Level::warning
                 : level == "error"   ? log::Level::error
                                      : log::Level::off,
        .format = text ? log::Format::text : log::Format::json,
        .file = settings.text("log.file"),
    });
}

void say_where(Session& session, const app::Server& server) {
    const auto& token = server.setup_token();
    if (session.json()) {
        boost::json::object document{{"url", server.url()}};
        if (token) document["setup_token"] = token->reveal();
        session.print_json(document);
        return;
    }
    auto text = fmt::format("drydock {} answers on {}\n", version(), server.url());
    if (token) {
        text += fmt::format(
            "\nNobody owns it yet. Within a day, and once:\n    drydock setup --server {} --token {} --email "
            "YOU@EXAMPLE.ORG\n",
            server.url(),
            token->reveal()
        );
    }
    session.print(text);
}

Result<int> serve(Session& session) {
    keep_memory_to_ourselves();
    DRYDOCK_TRY(auto plane, control_plane_options(session));
    DRYDOCK_TRY(auto options, app::serve_options(session.settings(), std::move(plane), std::string{version()}));
    forget_secret_variables();
    options.environment = registry::take_from_environment();
    DRYDOCK_TRY_VOID(start_log(session));
    struct LogEnd {
        ~LogEnd() { log::shutdown(); }
    } const log_end;
    DRYDOCK_TRY(
        const auto server, app::Server::start(std::move(options), session.progress(), session.limits().at_most(kStart))
    );
    log::info("started", {{"url", server->url()}, {"version", version()}});
    // Before anybody hears that it answers: SIGHUP has another meaning from then on.
    session.signals().on_hangup([&] {
        if (const auto done = log::reopen(); !done) log::failure("the log file stays the old one", done.error());
        if (const auto done = server->reload(); !done) log::failure("the certificate stays the old one", done.error());
        const auto keys = server->reload_keys(Limits::within(kReload));
        if (!keys) log::failure("the master keys stay the old ones", keys.error());
        log::info("reloaded");
    });
    struct HangupEnd {
        Signals& signals;
        ~HangupEnd() { signals.on_hangup({}); }
    } const hangup_end{session.signals()};
    say_where(session, *server);
    DRYDOCK_TRY_VOID(session.flush());
    while (pause(kLookAgain, session.limits())) {
    }
    log::info("stopping");
    server->stop();
    log::info("stopped");
    return 0;
}

}  // namespace

void declare_serve(Arguments& arguments) {
    arguments.verb("", "serve", "Run the server: REST API, registry, health checks and jobs", serve)
        .section_options("serve.")
        .section_options("log.")
        .example("drydock serve")
        .example("drydock serve --database-url postgresql://drydock@db/drydock --port 8432");
}

}  // namespace drydock::cli
