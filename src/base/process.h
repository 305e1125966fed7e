#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace drydock {

struct Command {
    std::vector<std::string> argv;           // argv[0] is looked up in PATH when it has no slash
    std::vector<std::string> environment{};  // "NAME=value", added to ours
    std::string directory{};                 // empty: ours
    std::optional<uid_t> user{};             // run as this user (and group), which only root can ask for
    std::optional<gid_t> group{};
};

struct CommandResult {
    int exit_code = 0;   // 128 + signal number when a signal ended it
    std::string output;  // standard output and standard error, as they came, at most 1 MiB (the end is kept)
};

// Runs a program and waits for it. When the limits end first, it is asked to stop (SIGTERM), killed two
// seconds later, and the Error is deadline_exceeded or cancelled. Standard input is empty.
Result<CommandResult> run(const Command& command, const Limits& limits);

}  // namespace drydock
