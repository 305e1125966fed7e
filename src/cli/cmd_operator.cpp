#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/operator.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/process_secrets.h"
#include "cli/remote.h"
#include "cli/server_settings.h"
#include "cli/session.h"
#include "cli/version.h"

// operator: help from the server's own machine for who can't get in. No server is asked, so none has to run.
namespace drydock::cli {
namespace {

constexpr std::chrono::minutes kTime{5};

struct Given {
    std::string who;
};

Result<std::unique_ptr<app::Operator>> open(Session& session) {
    keep_memory_to_ourselves();
    DRYDOCK_TRY(auto plane, control_plane_options(session));
    DRYDOCK_TRY(const auto options, app::serve_options(session.settings(), std::move(plane), std::string{version()}));
    forget_secret_variables();
    return app::Operator::open(options, client_name(), session.progress(), session.limits().at_most(kTime));
}

Result<int> reset_link(Session& session, const Given& given) {
    DRYDOCK_TRY(const auto as_operator, open(session));
    DRYDOCK_TRY(const auto token, as_operator->reset_link(given.who, session.limits()));
    if (session.json()) {
        session.print_json(boost::json::object{{"token", token.reveal()}});
        return 0;
    }
    session.print(token.reveal() + "\n");
    session.note(fmt::format(
        "Send this to {}, and make sure that it is them; it is shown once, and good for a day. They put it into a file "
        "and run",
        given.who
    ));
    session.note("    drydock user reset --token-file FILE --server ADDRESS");
    return 0;
}

Result<int> remove_second_factor(Session& session, const Given& given) {
    DRYDOCK_TRY_VOID(agree(
        session, fmt::format("Let {} in without a code from now on? Make sure that it is them who ask.", given.who)
    ));
    DRYDOCK_TRY(const auto as_operator, open(session));
    DRYDOCK_TRY_VOID(as_operator->remove_second_factor(given.who, session.limits()));
    print_done(session, fmt::format("{} has no second factor any more", given.who), {{"confirmed", false}});
    return 0;
}

Result<int> set_disabled(Session& session, const Given& given, bool disabled) {
    DRYDOCK_TRY(const auto as_operator, open(session));
    DRYDOCK_TRY_VOID(as_operator->set_disabled(given.who, disabled, session.limits()));
    print_done(
        session,
        disabled
            ? fmt::format("{} may do nothing any more, within seconds on every server; their roles stay", given.who)
            : fmt::format("{} may sign in again", given.who),
        {{"status", disabled ? "disabled" : "active"}}
    );
    return 0;
}

Result<int> erase(Session& session, const Given& given) {
    DRYDOCK_TRY_VOID(
        agree(session, fmt::format("Erase {} for good, in every organization? Nothing brings them back.", given.who))
    );
    DRYDOCK_TRY(const auto as_operator, open(session));
    DRYDOCK_TRY(const auto lines, as_operator->erase(given.who, session.limits()));
    print_done(
        session,
        fmt::format("{} is erased, and {} lines of audit trails tell of them no more", given.who, lines),
        {{"audit_lines", lines}}
    );
    return 0;
}

}  // namespace

void declare_operator(Arguments& arguments) {
    arguments.noun("operator", "Help on the server's own machine for who can't get in");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb(
                            "operator", name, what, [given, run](Session& s) { return run(s, *given); }
        ).argument("ADDRESS", given->who, "Their e-mail address");
    };
    verb("reset-link", "A link for a new password; prints what to send them", reset_link)
        .example("drydock operator reset-link ada@example.org")
        .example("DATABASE_URL=… DRYDOCK_KEK_FILE=… drydock operator reset-link ada@example.org");
    verb("remove-second-factor", "For who has lost the phone and the recovery codes", remove_second_factor)
        .example("drydock operator remove-second-factor ada@example.org");
    verb("disable", "They may do nothing, at once and everywhere", [](Session& s, const Given& g) {
        return set_disabled(s, g, true);
    }).example("drydock operator disable ada@example.org");
    verb("enable", "Take that back", [](Session& s, const Given& g) {
        return set_disabled(s, g, false);
    }).example("drydock operator enable ada@example.org");
    verb("erase", "Take a person out of drydock for good, at their wish", erase)
        .example("drydock operator erase ada@example.org");
}

}  // namespace drydock::cli
