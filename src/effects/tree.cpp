#include "effects/tree.h"

#include <cstdint>

#include <pg_query/pg_query.pb-c.h>

#include "sql/parser.h"

namespace drydock::effects {

namespace {

void push_field(
    const ProtobufCMessage* tree, const ProtobufCFieldDescriptor& field, std::vector<const ProtobufCMessage*>& out
) {
    const auto* base = reinterpret_cast<const char*>(tree);
    if (field.label == PROTOBUF_C_LABEL_REPEATED) {
        const auto count = *reinterpret_cast<const std::size_t*>(base + field.quantifier_offset);
        const auto* items = *reinterpret_cast<const ProtobufCMessage* const* const*>(base + field.offset);
        for (std::size_t i = count; i > 0; --i) out.push_back(items[i - 1]);
        return;
    }
    const bool of_another_case = (field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
                                 *reinterpret_cast<const std::uint32_t*>(base + field.quantifier_offset) != field.id;
    if (!of_another_case) out.push_back(*reinterpret_cast<const ProtobufCMessage* const*>(base + field.offset));
}

}  // namespace

Steps read_steps(std::string_view statement, Reader::Memory& memory) {
    Steps steps;
    const std::string problem = sql::on_big_stack([&] {
        sql::Parsed parsed = sql::parse(statement);
        if (parsed.tree == nullptr) {
            steps.problem = std::move(parsed.problem);
            return;
        }
        TreeReader reader{memory};
        for (std::size_t i = 0; i < parsed.tree->n_stmts; ++i) reader.read(parsed.tree->stmts[i]->stmt);
        steps = reader.take();
        steps.parsed = true;
    });
    if (!problem.empty()) steps.problem = problem;
    return steps;
}

void walk(const ProtobufCMessage* tree, const std::function<bool(const ProtobufCMessage*)>& visit) {
    std::vector<const ProtobufCMessage*> waiting{tree};
    while (!waiting.empty()) {
        const ProtobufCMessage* message = waiting.back();
        waiting.pop_back();
        if (message == nullptr || !visit(message)) continue;
        for (unsigned i = message->descriptor->n_fields; i > 0; --i) {
            const ProtobufCFieldDescriptor& field = message->descriptor->fields[i - 1];
            if (field.type == PROTOBUF_C_TYPE_MESSAGE) push_field(message, field, waiting);
        }
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
