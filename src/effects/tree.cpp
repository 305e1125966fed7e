#include "effects/tree.h"

#include <pg_query.h>
#include <pthread.h>

#include <array>
#include <memory>

#include <pg_query/pg_query.pb-c.h>

namespace drydock::effects {

namespace {

// The parser and the tree's own functions recurse: about 360 bytes of stack for each level of an expression.
constexpr std::size_t kStack = 64UL << 20;
constexpr std::size_t kLongest = 256UL << 10;

struct Task {
    std::string statement;
    Reader::Memory& memory;
    Steps steps{};
};

struct FreeTree {
    void operator()(PgQuery__ParseResult* tree) const { pg_query__parse_result__free_unpacked(tree, nullptr); }
};

class Parsed {
public:
    explicit Parsed(const char* statement) : result_(pg_query_parse_protobuf(statement)) {}
    ~Parsed() { pg_query_free_protobuf_parse_result(result_); }
    Parsed(const Parsed&) = delete;
    Parsed& operator=(const Parsed&) = delete;

    const PgQueryError* error() const { return result_.error; }
    std::unique_ptr<PgQuery__ParseResult, FreeTree> tree() const {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(result_.parse_tree.data);
        return std::unique_ptr<PgQuery__ParseResult, FreeTree>{
            pg_query__parse_result__unpack(nullptr, result_.parse_tree.len, bytes)
        };
    }

private:
    PgQueryProtobufParseResult result_;
};

void run(Task& task) {
    const Parsed parsed{task.statement.c_str()};
    if (parsed.error() != nullptr) {
        task.steps.problem = parsed.error()->message;
        return;
    }
    const auto tree = parsed.tree();
    if (tree == nullptr) {
        task.steps.problem = "the parser's tree can't be read";
        return;
    }
    TreeReader reader{task.memory};
    for (std::size_t i = 0; i < tree->n_stmts; ++i) reader.read(tree->stmts[i]->stmt);
    task.steps = reader.take();
    task.steps.parsed = true;
}

void* run_task(void* task) {
    run(*static_cast<Task*>(task));
    return nullptr;
}

bool run_on_big_stack(Task& task) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_t thread{};
    const bool started = pthread_attr_setstacksize(&attributes, kStack) == 0 &&
                         pthread_create(&thread, &attributes, run_task, &task) == 0;
    pthread_attr_destroy(&attributes);
    return started && pthread_join(thread, nullptr) == 0;
}

const ProtobufCMessage* message_at(const void* place) {
    return *static_cast<const ProtobufCMessage* const*>(place);
}

void walk_field(
    const ProtobufCMessage* tree,
    const ProtobufCFieldDescriptor& field,
    const std::function<bool(const ProtobufCMessage*)>& visit
) {
    const auto* base = reinterpret_cast<const char*>(tree);
    if (field.label == PROTOBUF_C_LABEL_REPEATED) {
        const auto count = *reinterpret_cast<const std::size_t*>(base + field.quantifier_offset);
        const auto* items = *reinterpret_cast<const ProtobufCMessage* const* const*>(base + field.offset);
        for (std::size_t i = 0; i < count; ++i) walk(items[i], visit);
        return;
    }
    if ((field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
        *reinterpret_cast<const std::uint32_t*>(base + field.quantifier_offset) != field.id) {
        return;
    }
    walk(message_at(base + field.offset), visit);
}

}  // namespace

Steps read_steps(std::string_view statement, Reader::Memory& memory) {
    if (statement.size() > kLongest) return {.problem = "longer than 256 KiB"};
    if (statement.find('\0') != std::string_view::npos) return {.problem = "holds a zero byte"};
    Task task{.statement = std::string{statement}, .memory = memory};
    if (!run_on_big_stack(task)) return {.problem = "no thread to parse on"};
    return std::move(task.steps);
}

void walk(const ProtobufCMessage* tree, const std::function<bool(const ProtobufCMessage*)>& visit) {
    if (tree == nullptr || !visit(tree)) return;
    for (unsigned i = 0; i < tree->descriptor->n_fields; ++i) {
        const ProtobufCFieldDescriptor& field = tree->descriptor->fields[i];
        if (field.type == PROTOBUF_C_TYPE_MESSAGE) walk_field(tree, field, visit);
    }
}

Name name_of(const PgQuery__RangeVar* relation) {
    if (relation == nullptr) return {};
    return {.schema = relation->schemaname, .name = relation->relname};
}

Name name_of(PgQuery__Node* const* parts, std::size_t count) {
    if (count == 0) return {};
    return {
        .schema = count > 1 ? std::string{string_of(parts[count - 2])} : std::string{},
        .name = std::string{string_of(parts[count - 1])}
    };
}

std::string_view string_of(const PgQuery__Node* node) {
    if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_STRING) return {};
    return node->string->sval;
}

bool is_on(PgQuery__Node* const* options, std::size_t count, std::string_view option) {
    for (std::size_t i = 0; i < count; ++i) {
        if (options[i]->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) continue;
        const PgQuery__DefElem& element = *options[i]->def_elem;
        if (element.defname != option) continue;
        const PgQuery__Node* value = element.arg;
        if (value == nullptr) return true;
        if (value->node_case == PG_QUERY__NODE__NODE_INTEGER) return value->integer->ival != 0;
        if (value->node_case == PG_QUERY__NODE__NODE_BOOLEAN) return value->boolean->boolval != 0;
        const std::string_view word = string_of(value);
        return word != "false" && word != "off";
    }
    return false;
}

void TreeReader::read(const PgQuery__Node* statement) {
    if (statement == nullptr) return;
    // What none of them knows (roles, functions, operators, text search …) takes no lock on a relation.
    if (read_rows(statement) || read_create(statement) || read_change(statement)) return;
    read_maintenance(statement);
}

void TreeReader::add(Step step) {
    step.created_here = memory_.has_relation(step.relation);
    step.partner_created_here = memory_.has_relation(step.partner);
    out_.steps.push_back(std::move(step));
}

void TreeReader::add(Work work, const PgQuery__RangeVar* relation, std::string subject) {
    if (relation == nullptr) return;
    add({.work = work, .relation = name_of(relation), .subject = std::move(subject)});
}

void TreeReader::opaque(Work work, std::string subject) {
    out_.opaque = true;
    add({.work = work, .subject = std::move(subject)});
}

}  // namespace drydock::effects
