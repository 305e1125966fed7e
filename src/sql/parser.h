#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct PgQuery__ParseResult;
struct ProtobufCMessage;

namespace drydock::sql {

struct FreeTree {
    void operator()(PgQuery__ParseResult* tree) const;
};
using Tree = std::unique_ptr<PgQuery__ParseResult, FreeTree>;

struct Parsed {
    Tree tree;  // empty: `problem` says why
    std::string problem;
};

// Calls `work` on a thread with a stack that the parser's recursion fits in, and waits for it. The reason why it
// could not, or nothing.
std::string on_big_stack(const std::function<void()>& work);

// libpg_query's tree of a text. Only on a big stack, and so is all that walks the tree.
Parsed parse(std::string_view text);

// Calls `visit` with each message that `message` holds, in the order of the grammar's fields. The wrapping
// PgQuery__Node is left out: its content is what is given.
void for_each_child(const ProtobufCMessage& message, const std::function<void(const ProtobufCMessage&)>& visit);

}  // namespace drydock::sql
