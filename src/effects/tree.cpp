#include "effects/tree.h"

#include <algorithm>
#include <cstdint>

#include <pg_query/pg_query.pb-c.h>

#include "effects/compose.h"

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

TreeReader::TreeReader(Reader::Memory& memory) : memory_(memory) {
    effect_.analysed = true;
    if (!memory.world) return;
    effect_.exact = true;
    exact_.emplace(*memory.world, effect_);
}

Effect TreeReader::take() {
    effect_.loses_data = !effect_.loses.empty();
    return std::move(effect_);
}

void TreeReader::read(const PgQuery__Node* statement) {
    if (statement == nullptr) return;
    if (!memory_.labels().empty()) look_for_labels(*statement);
    // What none of them knows (roles, functions, operators, text search …) takes no lock on a relation.
    if (read_rows(statement) || read_create(statement) || read_change(statement)) return;
    read_maintenance(statement);
}

// An enum's new label may not be used before a commit, and it is a plain text in the tree.
void TreeReader::look_for_labels(const PgQuery__Node& statement) {
    if (statement.node_case == PG_QUERY__NODE__NODE_ALTER_ENUM_STMT) return;
    walk(&statement.base, [&](const ProtobufCMessage* message) {
        if (message->descriptor != &pg_query__a__const__descriptor) return true;
        const auto& value = *reinterpret_cast<const PgQuery__AConst*>(message);
        if (value.val_case != PG_QUERY__A__CONST__VAL_SVAL || !memory_.labels().contains(value.sval->sval)) return true;
        effect_.may_fail.push_back(
            {.condition = std::string{"in the transaction that adds it, the enum value '"} + value.sval->sval +
                          "' can't be used yet",
             .sqlstate = "55P04",
             .probe = {},
             .relation = {}}
        );
        return false;
    });
}

void TreeReader::needs(const since::Feature& feature) {
    if (!exact_ || memory_.world->major() == 0 || memory_.world->major() >= feature.major) return;
    exact_->refuse(
        "42601", std::string{feature.what} + " is for PostgreSQL " + std::to_string(feature.major) + " and later"
    );
}

void TreeReader::add(Step step) {
    step.planned = planning_;
    step.unless_there = unless_there_;
    if (planning_ && !exact_) {
        step.asked = std::max(step.asked, fact(step.work).lock);
        step.work = Work::planned;
    }
    if (exact_) return exact_->apply(step);
    step.created_here = memory_.has_relation(step.relation);
    step.partner_created_here = memory_.has_relation(step.partner);
    apply(effect_, step);
}

void TreeReader::add(Work work, const PgQuery__RangeVar* relation, std::string subject) {
    if (relation == nullptr) return;
    add({.work = work, .relation = name_of(relation), .subject = std::move(subject), .only = relation->inh == 0});
}

void TreeReader::opaque(Work work, std::string subject) {
    effect_.analysed = false;
    effect_.opaque = true;
    effect_.exact = false;
    add({.work = work, .subject = std::move(subject)});
}

}  // namespace drydock::effects
