#include "redis/value.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace drydock::redis {
namespace {

struct Meaning {
    std::string_view word;
    ErrorCode code;
    std::string_view message;
    std::string_view hint;
};

constexpr std::array kMeanings{
    Meaning{"WRONGPASS", ErrorCode::unauthenticated, "the server refused the user or the password", "Check both."},
    Meaning{"NOAUTH", ErrorCode::unauthenticated, "the server asks for a password", "Give a user and a password."},
    Meaning{"NOPERM", ErrorCode::permission_denied, "the user may not do this", "Grant it with ACL SETUSER."},
    Meaning{
        "DENIED",
        ErrorCode::permission_denied,
        "the server is in protected mode and answers this machine only",
        "Set a password on the server."
    },
    Meaning{"LOADING", ErrorCode::unavailable, "the server is still loading its data", "Try again in a moment."},
    Meaning{"MASTERDOWN", ErrorCode::unavailable, "the replica has lost its primary", "Look at the primary."},
    Meaning{"CLUSTERDOWN", ErrorCode::unavailable, "the cluster is down", "Look at CLUSTER INFO."},
    Meaning{"TRYAGAIN", ErrorCode::unavailable, "the cluster is moving these keys", "Try again in a moment."},
    Meaning{"BUSY", ErrorCode::unavailable, "the server is busy with a script", "Wait, or end it with SCRIPT KILL."},
    Meaning{"READONLY", ErrorCode::unavailable, "the server is a replica and takes no writes", "Name the primary."},
    Meaning{"OOM", ErrorCode::unavailable, "the server has used up its memory", "Raise maxmemory or free some."},
    Meaning{
        "MISCONF", ErrorCode::unavailable, "the server takes no writes: it can't save them", "Look at its log and disk."
    },
    Meaning{"NOREPLICAS", ErrorCode::unavailable, "the server takes no writes without its replicas", ""},
    Meaning{"MOVED", ErrorCode::failed, "the key is on another node of the cluster", "Name that node."},
    Meaning{"ASK", ErrorCode::failed, "the key is on another node of the cluster", "Name that node."},
    Meaning{"WRONGTYPE", ErrorCode::failed, "the key holds another type of value", ""},
};

// Texts that begin with ERR and mean more than "failed".
constexpr std::array kErrMeanings{
    Meaning{"max number of clients reached", ErrorCode::unavailable, "the server has no connection left", ""},
    Meaning{
        "invalid password", ErrorCode::unauthenticated, "the server refused the user or the password", "Check both."
    },
    Meaning{
        "without any password configured",
        ErrorCode::unauthenticated,
        "the server has no password, but one was given",
        "Leave the password out, or set one on the server."
    },
    Meaning{
        "no password is set",
        ErrorCode::unauthenticated,
        "the server has no password, but one was given",
        "Leave the password out, or set one on the server."
    },
    Meaning{"DB index is out of range", ErrorCode::not_found, "the server has no database of this number", ""},
};

Error made(const Meaning& meaning, std::string_view word) {
    return Error{
        .code = meaning.code,
        .message = std::string{meaning.message},
        .hint = std::string{meaning.hint},
        .detail = std::string{word}
    };
}

// Without what a server repeats of a command that it does not know.
std::string_view without_arguments(std::string_view text) {
    return text.substr(0, std::min(text.find(", with args beginning"), text.find(", with args:")));
}

}  // namespace

const Value* Value::find(std::string_view key) const {
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (items[i].text == key) return &items[i + 1];
    }
    return nullptr;
}

std::string_view error_word(const Value& error) {
    const std::string_view text = error.text;
    return text.substr(0, text.find(' '));
}

Error to_error(const Value& error, bool secret) {
    const auto word = error_word(error);
    for (const auto& meaning : kMeanings) {
        if (meaning.word == word) return made(meaning, word);
    }
    for (const auto& meaning : kErrMeanings) {
        if (word == "ERR" && error.text.find(meaning.word) != std::string::npos) return made(meaning, word);
    }
    // The first word is the server's own only if it looks so; anything else may be ours, repeated.
    const bool own = !word.empty() && word.size() <= 32 &&
                     std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (secret) {
        return Error{
            .code = ErrorCode::failed,
            .message = fmt::format("the server refused the command ({})", own ? word : "no reason shown")
        };
    }
    return Error{
        .code = ErrorCode::failed, .message = fmt::format("the server answered: {}", without_arguments(error.text))
    };
}

}  // namespace drydock::redis
