#include "sql/parser.h"

#include <pg_query.h>
#include <pthread.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "base/text.h"
#include "sql/lexer.h"

namespace drydock::sql {
namespace {

// libpg_query's parser takes some 360 bytes of stack for each operator of `1 + 1 + …`: a statement of the longest
// size holds 131,000 of them. Packing such a tree takes time by the square of its depth (20 s for that one), so a
// chain is measured before it is parsed; unpacking takes more stack for each level, so the tree is measured too.
constexpr std::size_t kStack = std::size_t{64} << 20U;
constexpr std::size_t kLongest = std::size_t{256} << 10U;
constexpr std::size_t kLongestChain = 40'000;
constexpr std::size_t kDeepest = 20'000;
// A token takes its tree no more than six levels down, so a text of so few bytes can't be too deep.
constexpr std::size_t kShallow = 3'000;

}  // namespace

// Chunks that grow; nothing is given back before all is.
class Arena {
public:
    void* take(std::size_t size) {
        size = (size + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
        if (size > left_) grow(size);
        void* at = at_;
        at_ += size;
        left_ -= size;
        return at;
    }
    // Keeps the last chunk, the biggest.
    void clear() {
        if (chunks_.empty()) return;
        chunks_.erase(chunks_.begin(), chunks_.end() - 1);
        at_ = chunks_.back().get();
        left_ = size_;
    }

private:
    static constexpr std::size_t kLargest = std::size_t{1} << 20U;

    void grow(std::size_t wanted) {
        size_ = std::max(wanted, std::min(size_ * 2, kLargest));
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(size_));
        at_ = chunks_.back().get();
        left_ = size_;
    }

    std::vector<std::unique_ptr<char[]>> chunks_;
    char* at_ = nullptr;
    std::size_t left_ = 0;
    std::size_t size_ = 4096;
};

namespace {

extern "C" {
static void* arena_take(void* arena, std::size_t size) {
    return static_cast<Arena*>(arena)->take(size);
}
static void arena_keep(void* /*arena*/, void* /*piece*/) {}
}

// No tree is deeper than this: the tokens since the last comma, on all levels of parentheses that are open at once.
std::size_t longest_chain(std::string_view text) {
    std::vector<std::size_t> levels{0};
    std::size_t total = 0;
    std::size_t longest = 0;
    const auto forget = [&levels, &total] {
        total -= levels.back();
        levels.back() = 0;
    };
    Lexer lexer(text);
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        if (is_blank(token.kind)) continue;
        const char symbol = token.kind == TokenKind::punctuation ? text[token.range.begin] : '\0';
        if (symbol == ',' || symbol == ';') forget();
        if (symbol == ')' && levels.size() > 1) {
            forget();
            levels.pop_back();
        }
        ++levels.back();
        longest = std::max(longest, ++total);
        if (symbol == '(') levels.push_back(0);
    }
    return longest;
}

// libpg_query takes a comment for the word behind NOT, WITH, NULLS and U&'', so `NOT /* a */ IN` would be a syntax
// error. Every byte stays where it is.
std::string without_comments(std::string_view text) {
    std::string plain(text);
    if (text.find("--") == std::string_view::npos && text.find("/*") == std::string_view::npos) return plain;
    Lexer lexer(text);
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        if (token.kind != TokenKind::line_comment && token.kind != TokenKind::block_comment) continue;
        if (!token.unterminated) std::fill(&plain[token.range.begin], &plain[token.range.end], ' ');
    }
    return plain;
}

std::optional<std::uint64_t> take_varint(const std::uint8_t*& at, const std::uint8_t* end) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
        const std::uint8_t byte = *at++;
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
}

// How many messages stand inside one another, at most, in a packed tree; read without recursion.
std::size_t depth_of(const PgQueryProtobuf& packed) {
    struct Level {
        const ProtobufCMessageDescriptor* type;
        const std::uint8_t* end;
    };
    const auto* at = reinterpret_cast<const std::uint8_t*>(packed.data);
    std::vector<Level> levels{{&pg_query__parse_result__descriptor, at + packed.len}};
    std::size_t deepest = 1;
    while (!levels.empty()) {
        const Level level = levels.back();
        if (at >= level.end) {
            levels.pop_back();
            continue;
        }
        const auto key = take_varint(at, level.end);
        const auto value = key ? take_varint(at, level.end) : std::nullopt;
        if (!value) return deepest;
        if ((*key & 7U) != 2) continue;  // the tree has no fixed-width fields: everything else is a varint
        const auto* field = protobuf_c_message_descriptor_get_field(level.type, static_cast<unsigned>(*key >> 3U));
        if (field == nullptr || field->type != PROTOBUF_C_TYPE_MESSAGE) {
            at += *value;
            continue;
        }
        levels.push_back({static_cast<const ProtobufCMessageDescriptor*>(field->descriptor), at + *value});
        deepest = std::max(deepest, levels.size());
    }
    return deepest;
}

extern "C" void* run_work(void* work) {
    (*static_cast<const std::function<void()>*>(work))();
    return nullptr;
}

const ProtobufCMessage* content(const ProtobufCMessage& message) {
    if (message.descriptor != &pg_query__node__descriptor) return &message;
    // Every member of the union is a pointer to a message.
    const auto& node = reinterpret_cast<const PgQuery__Node&>(message);
    return node.node_case == PG_QUERY__NODE__NODE__NOT_SET ? nullptr : &node.alias->base;
}

Parsed parse_into(std::string_view text, Arena& arena, PgQuery__ParseResult*& tree) {
    tree = nullptr;
    if (text.size() > kLongest) return {.problem = fmt::format("longer than {}", human_bytes(kLongest))};
    const bool shallow = text.size() <= kShallow;
    if (!shallow && longest_chain(text) > kLongestChain) return {.problem = "too long a chain of operators"};
    if (text.find('\0') != std::string_view::npos) return {.problem = "a byte of value 0"};
    const PgQueryProtobufParseResult result = pg_query_parse_protobuf(without_comments(text).c_str());
    Parsed parsed;
    if (result.error != nullptr) {
        parsed.problem = result.error->message;
    } else if (!shallow && depth_of(result.parse_tree) > kDeepest) {
        parsed.problem = "nested too deeply";
    } else {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(result.parse_tree.data);
        ProtobufCAllocator allocator{.alloc = arena_take, .free = arena_keep, .allocator_data = &arena};
        tree = pg_query__parse_result__unpack(&allocator, result.parse_tree.len, bytes);
        if (tree == nullptr) parsed.problem = "the parser's answer can't be read";
    }
    pg_query_free_protobuf_parse_result(result);
    return parsed;
}

}  // namespace

FreeTree::FreeTree() = default;
FreeTree::FreeTree(std::unique_ptr<Arena> of_tree) : memory(std::move(of_tree)) {}
FreeTree::FreeTree(FreeTree&&) noexcept = default;
FreeTree& FreeTree::operator=(FreeTree&&) noexcept = default;
FreeTree::~FreeTree() = default;

std::string on_big_stack(const std::function<void()>& work) {
    pthread_attr_t attributes;
    pthread_t thread{};
    if (pthread_attr_init(&attributes) != 0) return "no memory for a thread";
    int failed = pthread_attr_setstacksize(&attributes, kStack);
    if (failed == 0) {
        failed = pthread_create(&thread, &attributes, run_work, const_cast<std::function<void()>*>(&work));
    }
    pthread_attr_destroy(&attributes);
    if (failed != 0) return fmt::format("no thread for the parser: {}", std::strerror(failed));
    pthread_join(thread, nullptr);
    return {};
}

Parsed parse(std::string_view text) {
    auto arena = std::make_unique<Arena>();
    PgQuery__ParseResult* tree = nullptr;
    Parsed parsed = parse_into(text, *arena, tree);
    if (tree != nullptr) parsed.tree = Tree(tree, FreeTree(std::move(arena)));
    return parsed;
}

std::string for_each_tree(
    std::span<const std::string_view> statements, const std::function<void(std::size_t, const Parsed&)>& visit
) {
    return on_big_stack([&] {
        Arena arena;
        for (std::size_t i = 0; i < statements.size(); ++i) {
            PgQuery__ParseResult* tree = nullptr;
            Parsed parsed = parse_into(statements[i], arena, tree);
            parsed.tree = Tree(tree, FreeTree());
            visit(i, parsed);
            arena.clear();
        }
    });
}

const PgQuery__Node* only_statement(const Parsed& parsed) {
    return parsed.tree == nullptr || parsed.tree->n_stmts == 0 ? nullptr : parsed.tree->stmts[0]->stmt;
}

std::string text_of(const PgQuery__Node& expression) {
    // Only whole statements are written, so it stands in one.
    PgQuery__ResTarget target = PG_QUERY__RES_TARGET__INIT;
    target.val = const_cast<PgQuery__Node*>(&expression);
    PgQuery__Node item = PG_QUERY__NODE__INIT;
    item.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
    item.res_target = &target;
    PgQuery__Node* items[] = {&item};
    PgQuery__SelectStmt select = PG_QUERY__SELECT_STMT__INIT;
    select.n_target_list = 1;
    select.target_list = items;
    select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
    select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
    PgQuery__Node node = PG_QUERY__NODE__INIT;
    node.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    node.select_stmt = &select;
    PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
    raw.stmt = &node;
    PgQuery__RawStmt* statements[] = {&raw};
    PgQuery__ParseResult result = PG_QUERY__PARSE_RESULT__INIT;
    result.n_stmts = 1;
    result.stmts = statements;

    std::string packed(pg_query__parse_result__get_packed_size(&result), '\0');
    pg_query__parse_result__pack(&result, reinterpret_cast<std::uint8_t*>(packed.data()));
    const PgQueryDeparseResult written = pg_query_deparse_protobuf({.len = packed.size(), .data = packed.data()});
    std::string text = written.error == nullptr && written.query != nullptr ? written.query : "";
    pg_query_free_deparse_result(written);
    constexpr std::string_view kSelect = "SELECT ";
    return text.starts_with(kSelect) ? text.substr(kSelect.size()) : std::string{};
}

void for_each_child(const ProtobufCMessage& message, const std::function<void(const ProtobufCMessage&)>& visit) {
    const auto* base = reinterpret_cast<const char*>(&message);
    const auto give = [&visit](const ProtobufCMessage* child) {
        if (child != nullptr) child = content(*child);
        if (child != nullptr) visit(*child);
    };
    for (unsigned i = 0; i < message.descriptor->n_fields; ++i) {
        const ProtobufCFieldDescriptor& field = message.descriptor->fields[i];
        if (field.type != PROTOBUF_C_TYPE_MESSAGE) continue;
        if ((field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
            std::uint32_t chosen = 0;
            std::memcpy(&chosen, base + field.quantifier_offset, sizeof chosen);
            if (chosen != field.id) continue;
        }
        if (field.label == PROTOBUF_C_LABEL_REPEATED) {
            const auto count = *reinterpret_cast<const std::size_t*>(base + field.quantifier_offset);
            auto* const* children = *reinterpret_cast<ProtobufCMessage* const* const*>(base + field.offset);
            for (std::size_t k = 0; k < count; ++k) give(children[k]);
        } else {
            give(*reinterpret_cast<ProtobufCMessage* const*>(base + field.offset));
        }
    }
}

}  // namespace drydock::sql
