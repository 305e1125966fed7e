#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/session.h"
#include "cli/version.h"
#include "migrate/report_json.h"

// version, completion: about drydock itself.
namespace drydock::cli {
namespace {

Result<int> say_version(Session& session) {
    if (session.json())
        session.print_json(boost::json::object{{"version", json_text(version())}});
    else
        session.print(fmt::format("drydock {}\n", version()));
    return 0;
}

Result<int> completion(Session& session, const Arguments& arguments, const std::string& shell) {
    if (shell != "bash") {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("there is no completion for the shell \"{}\"", shell),
            .hint = "drydock completion bash"
        };
    }
    session.print(bash_completion(arguments.describe()));
    return 0;
}

}  // namespace

void declare_version(Arguments& arguments) {
    arguments.verb("", "version", "Show the version", say_version).without_settings();
    const auto shell = std::make_shared<std::string>();
    arguments
        .verb(
            "",
            "completion",
            "Print a script that lets a shell complete drydock's commands",
            [&arguments, shell](Session& s) { return completion(s, arguments, *shell); }
        )
        .argument("SHELL", *shell, "bash")
        .without_settings()
        .example("source <(drydock completion bash)");
}

}  // namespace drydock::cli
