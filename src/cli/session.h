#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/limits.h"
#include "base/result.h"
#include "cli/arguments.h"
#include "cli/printer.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "config/config.h"
#include "migrate/engine.h"
#include "pg/conninfo.h"
#include "pg_server/embedded.h"

namespace drydock::cli {

// What a command finds when it runs: what was asked for, the settings, and where to say things. Results go to
// standard output, all else to standard error.
class Session {
public:
    Session(CommonOptions common, std::vector<std::string> rest, Signals& signals);

    Result<> load_settings();
    const config::Settings& settings() const { return *settings_; }

    bool json() const { return common_.json; }
    bool quiet() const { return common_.quiet; }
    const std::vector<std::string>& rest() const { return rest_; }
    Limits limits() const { return {.stop = signals_.token()}; }
    Signals& signals() { return signals_; }
    Progress& progress() { return progress_; }
    const Terminal& out() const { return out_; }
    const Terminal& err() const { return err_; }

    void print(std::string_view text);                    // an answer
    void print_json(const boost::json::value& document);  // the same for --json: one document a command
    void tell(std::string_view text);                     // what was done; not with --quiet
    void note(std::string_view text);                     // by the way, on standard error; not with --quiet
    void warn(std::string_view text);                     // on standard error
    void warn(const std::vector<std::string>& texts);     // the first few of them
    // Says what went wrong, on standard error, or as the document of --json. Gives the exit code.
    int fail(const Error& error);
    // The same when the document has been printed already.
    int fail_beside_json(const Error& error);
    // An Error when standard output could not be written.
    Result<> flush();

    // A question that only a person can answer. True with --yes; an Error where nobody can be asked.
    Result<bool> confirm(std::string_view question);

    // The database to work on; with none given, that of the embedded server, which is started when it doesn't run.
    Result<pg::Conninfo> target();
    Result<pg_server::EmbeddedOptions> embedded() const;
    Result<migrate::Project> project() const;
    migrate::Options engine_options() const;

private:
    void write(std::string_view text);

    CommonOptions common_;
    std::vector<std::string> rest_;
    Signals& signals_;
    std::optional<config::Settings> settings_;
    Terminal out_;
    Terminal err_;
    TerminalProgress progress_;
    int write_error_ = 0;  // errno of the first write to standard output that failed
};

// Who we are, for history: "user@host".
std::string client_name();

}  // namespace drydock::cli
