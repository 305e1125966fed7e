#include <algorithm>

#include <fmt/format.h>

#include "catalog/ddl.h"
#include "catalog/ddl_text.h"

namespace drydock::catalog::ddl {
namespace {

std::string label_list(const Object& type) {
    std::vector<std::string> quoted;
    for (const auto& label : lines(type.find(aspect::labels))) quoted.push_back(literal(label));
    return joined(quoted, ", ");
}

void create_enumeration(const Scene&, const Object& type, Out& out) {
    out.add(fmt::format("CREATE TYPE {} AS ENUM ({})", qualified(type), label_list(type)));
}

void drop_type(const Scene&, const Object& type, Out& out) {
    out.add(fmt::format("DROP {} {}", keyword(type.kind), qualified(type)));
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

// The same number of labels, and none that only moved: then they were renamed.
bool are_renamed(const std::vector<std::string>& before, const std::vector<std::string>& after) {
    if (before.size() != after.size()) return false;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] != after[i] && (contains(after, before[i]) || contains(before, after[i]))) return false;
    }
    return true;
}

bool is_subsequence(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
    auto at = whole.begin();
    for (const auto& item : part) {
        at = std::find(at, whole.end(), item);
        if (at == whole.end()) return false;
        ++at;
    }
    return true;
}

void alter_labels(const Alteration& change, Out& out) {
    const auto before = lines(change.before);
    const auto after = lines(change.after);
    const auto type = qualified(change.to);
    if (are_renamed(before, after)) {
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i] != after[i]) {
                out.add(fmt::format("ALTER TYPE {} RENAME VALUE {} TO {}", type, literal(before[i]), literal(after[i]))
                );
            }
        }
        return;
    }
    // No statement takes a label away: only a type that nothing uses can be made again.
    if (!is_subsequence(before, after)) return rebuild(change, out);
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (contains(before, after[i])) continue;
        const auto next =
            std::find_if(after.begin() + static_cast<std::ptrdiff_t>(i), after.end(), [&](const auto& label) {
                return contains(before, label);
            });
        // In order, so that each goes after the one before it or, where it is the first, before the next old one.
        const auto place = i > 0                 ? fmt::format(" AFTER {}", literal(after[i - 1]))
                           : next != after.end() ? fmt::format(" BEFORE {}", literal(*next))
                                                 : "";
        out.add(fmt::format("ALTER TYPE {} ADD VALUE {}{}", type, literal(after[i]), place));
    }
}

void create_domain(const Scene&, const Object& domain, Out& out) {
    auto text = fmt::format("CREATE DOMAIN {} AS {}", qualified(domain), domain.get(aspect::base_type));
    if (const auto* const collation = domain.find(aspect::collation)) text += " COLLATE " + *collation;
    if (const auto* const value = domain.find(aspect::default_value)) text += " DEFAULT " + *value;
    if (domain.is(aspect::not_null)) text += " NOT NULL";
    out.add(std::move(text));
}

void alter_domain_default(const Alteration& change, Out& out) {
    const auto domain = qualified(change.to);
    out.add(
        change.after ? fmt::format("ALTER DOMAIN {} SET DEFAULT {}", domain, *change.after)
                     : fmt::format("ALTER DOMAIN {} DROP DEFAULT", domain)
    );
}

void alter_domain_not_null(const Alteration& change, Out& out) {
    out.add(fmt::format("ALTER DOMAIN {} {} NOT NULL", qualified(change.to), change.after ? "SET" : "DROP"));
}

void create_composite(const Scene& scene, const Object& type, Out& out) {
    std::string list;
    for (const auto* const column : columns_of(scene.to, type)) {
        list += fmt::format("{}{} {}", list.empty() ? "" : ", ", ident(column->name), column->get(aspect::type));
        if (const auto* const collation = column->find(aspect::collation)) list += " COLLATE " + *collation;
    }
    out.add(fmt::format("CREATE TYPE {} AS ({})", qualified(type), list));
}

constexpr AspectRule kEnumeration[] = {{aspect::labels, alter_labels, true}};
constexpr AspectRule kDomain[] = {
    {aspect::base_type, rebuild, true},
    {aspect::collation, rebuild, true},
    {aspect::default_value, alter_domain_default, true},
    {aspect::not_null, alter_domain_not_null, true},
};
constexpr KindRules kRules[] = {
    {Kind::enumeration, create_enumeration, drop_type, kEnumeration},
    {Kind::domain, create_domain, drop_type, kDomain},
    {Kind::composite_type, create_composite, drop_type, {}},
};

}  // namespace

std::span<const KindRules> type_rules() {
    return kRules;
}

}  // namespace drydock::catalog::ddl
