#include "cli/completion.h"

#include <fmt/format.h>

namespace drydock::cli {

std::string bash_completion(const std::vector<Arguments::Description>& commands) {
    std::string steps;
    std::string words;
    for (const auto& command : commands) {
        if (!command.path.empty()) {
            const auto cut = command.path.rfind(' ');
            const auto parent = cut == std::string::npos ? std::string{} : command.path.substr(0, cut);
            const auto name = cut == std::string::npos ? command.path : command.path.substr(cut + 1);
            steps += fmt::format("            \"{}:{}\") at=\"{}\" ;;\n", parent, name, command.path);
        }
        words += fmt::format(
            "        \"{}\") commands=\"{}\" options=\"{}\" ;;\n",
            command.path,
            fmt::join(command.commands, " "),
            fmt::join(command.options, " ")
        );
    }
    return fmt::format(
        "# bash completion of drydock. To have it in every shell:\n"
        "#   drydock completion bash > ~/.local/share/bash-completion/completions/drydock\n"
        "_drydock() {{\n"
        "    local at=\"\" commands=\"\" options=\"\" i\n"
        "    local current=\"${{COMP_WORDS[COMP_CWORD]}}\"\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        case \"$at:${{COMP_WORDS[i]}}\" in\n"
        "{}"
        "        esac\n"
        "    done\n"
        "    case \"$at\" in\n"
        "{}"
        "    esac\n"
        "    if [[ $current == -* ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
        "    elif [[ -n $commands ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$commands\" -- \"$current\"))\n"
        "    else\n"
        "        COMPREPLY=()\n"
        "    fi\n"
        "}}\n"
        "complete -o default -F _drydock drydock\n",
        steps,
        words
    );
}

}  // namespace drydock::cli
