#include <array>

#include "catalog/ddl.h"

namespace drydock::catalog::ddl {
namespace {

constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::subscription) + 1;

std::array<const KindRules*, kKinds> index_rules() {
    std::array<const KindRules*, kKinds> by_kind{};
    for (const auto group : {relation_rules(), column_rules(), part_rules(), type_rules(), other_rules()}) {
        for (const auto& rules : group) by_kind[static_cast<std::size_t>(rules.kind)] = &rules;
    }
    return by_kind;
}

}  // namespace

const KindRules& rules_of(Kind kind) {
    static const auto by_kind = index_rules();
    return *by_kind[static_cast<std::size_t>(kind)];
}

void rebuild(const Alteration&, Out& out) {
    out.rebuild = true;
}

bool Alteration::changes(std::string_view aspect) const {
    const auto* const was = from ? from->find(aspect) : nullptr;
    const auto* const is = to.find(aspect);
    return was && is ? *was != *is : was != is;
}

}  // namespace drydock::catalog::ddl
