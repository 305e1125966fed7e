#include "catalog/match.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace drydock::catalog {
namespace {

std::vector<bool> left_out(const Snapshot& snapshot, const CompareOptions& options) {
    std::vector<bool> out(snapshot.objects.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto& object = snapshot.objects[i];
        const auto& schema = object.kind == Kind::schema ? object.name : object.schema;
        out[i] =
            (object.kind == Kind::database && !options.database) ||
            (object.kind == Kind::default_privilege && !options.privileges) ||
            (!schema.empty() && std::count(options.without_schemas.begin(), options.without_schemas.end(), schema));
    }
    return out;
}

using Who = std::tuple<Kind, std::uint32_t, std::uint32_t, std::int32_t>;

std::optional<Who> who(const Object& object) {
    const auto& identity = object.identity;
    if (identity.oid == 0) return std::nullopt;
    return Who{object.kind, identity.catalog, identity.oid, identity.part};
}

void pair_up(Matching& matching, std::size_t from, std::size_t to) {
    matching.to_of[from] = to;
    matching.from_of[to] = from;
}

void match_identities(Matching& matching, const Snapshot& from, const Snapshot& to) {
    std::map<Who, std::size_t> known;
    for (std::size_t i = 0; i < from.objects.size(); ++i) {
        const auto id = who(from.objects[i]);
        if (id && !matching.left_out_from[i]) known.emplace(*id, i);
    }
    for (std::size_t i = 0; i < to.objects.size(); ++i) {
        const auto id = who(to.objects[i]);
        const auto found = id && !matching.left_out_to[i] ? known.find(*id) : known.end();
        if (found != known.end()) pair_up(matching, found->second, i);
    }
}

// Both are in the order of keys, so that one walk finds all that is left.
void match_keys(Matching& matching, const Snapshot& from, const Snapshot& to, bool by_identity) {
    std::size_t f = 0;
    std::size_t t = 0;
    while (f < from.objects.size() && t < to.objects.size()) {
        const auto order = compare_keys(from.objects[f], to.objects[t]);
        if (order < 0) {
            ++f;
        } else if (order > 0) {
            ++t;
        } else {
            const bool free = !matching.to_of[f] && !matching.from_of[t];
            if (free && !matching.left_out_from[f] && !matching.left_out_to[t]) {
                pair_up(matching, f, t);
                matching.recreated[t] = by_identity && who(from.objects[f]) && who(to.objects[t]);
            }
            ++f;
            ++t;
        }
    }
}

}  // namespace

Matching match(const Snapshot& from, const Snapshot& to, const CompareOptions& options) {
    Matching matching{
        .to_of = std::vector<std::optional<std::size_t>>(from.objects.size()),
        .from_of = std::vector<std::optional<std::size_t>>(to.objects.size()),
        .recreated = std::vector<bool>(to.objects.size()),
        .left_out_from = left_out(from, options),
        .left_out_to = left_out(to, options),
    };
    if (options.by_identity) match_identities(matching, from, to);
    match_keys(matching, from, to, options.by_identity);
    return matching;
}

bool asked_for(std::string_view name, const CompareOptions& options) {
    if (name == aspect::owner) return options.owners;
    if (name == aspect::acl) return options.privileges;
    if (name == aspect::comment) return options.comments;
    if (name == aspect::position) return false;  // the order of columns is compared as a whole
    return is_compared(name);
}

std::vector<AspectChange> changed_aspects(const Object& before, const Object& after, const CompareOptions& options) {
    std::vector<AspectChange> changes;
    auto b = before.aspects.begin();
    auto a = after.aspects.begin();
    const auto add = [&](const Aspect* was, const Aspect* is) {
        const auto& one = was ? *was : *is;
        if (!asked_for(one.name, options)) return;
        changes.push_back({one.name, was ? &was->value : nullptr, is ? &is->value : nullptr});
    };
    while (b != before.aspects.end() || a != after.aspects.end()) {
        if (a == after.aspects.end() || (b != before.aspects.end() && b->name < a->name)) {
            add(&*b++, nullptr);
        } else if (b == before.aspects.end() || a->name < b->name) {
            add(nullptr, &*a++);
        } else {
            if (b->value != a->value) add(&*b, &*a);
            ++a;
            ++b;
        }
    }
    return changes;
}

}  // namespace drydock::catalog
