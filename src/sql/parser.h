#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct PgQuery__Node;
struct PgQuery__ParseResult;
struct ProtobufCMessage;

namespace drydock::sql {

// The memory of a tree, in few pieces: freed as a whole.
class Arena;
struct FreeTree {
    FreeTree();
    explicit FreeTree(std::unique_ptr<Arena> memory);
    FreeTree(FreeTree&&) noexcept;
    FreeTree& operator=(FreeTree&&) noexcept;
    ~FreeTree();
    void operator()(PgQuery__ParseResult*) const {}

    std::unique_ptr<Arena> memory;
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

// Parses many statements, one after the other, on one big stack, and calls `visit` with each in order: its number and
// its tree, or the reason why there is none. A tree lives until `visit` returns. The reason why none could be parsed,
// or nothing.
std::string for_each_tree(
    std::span<const std::string_view> statements, const std::function<void(std::size_t, const Parsed&)>& visit
);

// RawStmt.stmt of a text that is one statement; nullptr when it is none.
const PgQuery__Node* only_statement(const Parsed& parsed);

// An expression's text again, on one line: "a > 0". Empty when it can't be written. Only on a big stack.
std::string text_of(const PgQuery__Node& expression);

// Calls `visit` with each message that `message` holds, in the order of the grammar's fields. The wrapping
// PgQuery__Node is left out: its content is what is given.
void for_each_child(const ProtobufCMessage& message, const std::function<void(const ProtobufCMessage&)>& visit);

}  // namespace drydock::sql
